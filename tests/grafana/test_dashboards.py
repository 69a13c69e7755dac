"""The committed dashboards: drift, words, units, layout and links."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support import questions

from dashboards.__main__ import COMMITTED, RUNBOOKS, drift, render, write
from lab.paths import OBSERVABILITY

GRAFANA = OBSERVABILITY / "grafana"
BOARDS = questions.boards()
PANELS = [(board["uid"], panel) for board in BOARDS for panel in questions.panels(board)]
EVERY_PANEL = pytest.mark.parametrize(
    "panel", [p for _, p in PANELS], ids=[f"{u}: {p['title']}" for u, p in PANELS]
)
SENTENCE = re.compile(r"^[A-Z0-9].{15,}[.]$")


def test_the_committed_dashboards_are_what_the_python_writes() -> None:
    assert drift(render(), COMMITTED) == []


def test_drift_names_what_differs_is_missing_or_is_left_over(tmp_path: Path) -> None:
    write({"same.json": "1", "changed.json": "2", "left-over.json": "3"}, tmp_path)

    assert drift({"same.json": "1", "changed.json": "x", "new.json": "4"}, tmp_path) == [
        "changed.json",
        "left-over.json",
        "new.json",
    ]


def test_uids_are_readable_and_unique() -> None:
    uids = [
        board["uid"] for folder in ("laptop-lab", "runbooks") for board in questions.boards(folder)
    ]

    assert [uid for uid, count in Counter(uids).items() if count > 1] == []
    assert all(re.fullmatch(r"(lab|runbook)-[A-Za-z-]{3,30}", uid) for uid in uids)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_panel_ids_are_unique_and_panels_do_not_overlap(board: dict[str, Any]) -> None:
    taken = Counter(
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )

    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert max(taken.values()) == 1
    assert max(x for x, _ in taken) == 23


@EVERY_PANEL
def test_a_panel_has_a_sentence_a_unit_and_a_word_for_no_data(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert SENTENCE.match(panel["description"])
    assert defaults["unit"]
    assert len(defaults["noValue"]) > 8


@EVERY_PANEL
def test_a_panel_takes_its_data_source_from_a_variable(panel: dict[str, Any]) -> None:
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]

    assert {source["uid"] for source in sources} <= {
        "${prometheus}",
        "${jaeger}",
        "${victorialogs}",
    }


@EVERY_PANEL
def test_a_panel_links_to_a_runbook_that_exists(panel: dict[str, Any]) -> None:
    for link in panel.get("links", []):
        assert (RUNBOOKS / f"{link['url'].removeprefix('/d/runbook-')}.md").is_file()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_a_dashboard_asks_its_questions_in_rows_and_leads_to_the_others(
    board: dict[str, Any],
) -> None:
    assert board["panels"][0]["type"] == "row"
    assert board["links"][0]["tags"] == board["tags"] == ["laptop-lab"]
    assert [mark["name"] for mark in board["annotations"]["list"]] == [
        "Scaled out",
        "Scaled in",
        "Settings changed",
        "Alerts",
    ]


def test_an_alerts_link_leads_to_a_dashboard_that_exists() -> None:
    uids = {board["uid"] for board in BOARDS}

    for alert in questions.alerts():
        assert re.match(r"/d/([\w-]+)", alert["annotations"]["dashboard"])[1] in uids  # type: ignore[index]


def test_the_provisioned_sources_are_the_ones_that_the_links_name() -> None:
    text = (GRAFANA / "provisioning" / "datasources" / "laptop-lab.yaml").read_text()
    sources = {source["uid"]: source for source in yaml.safe_load(text)["datasources"]}

    assert set(sources) == {"prometheus", "jaeger", "victorialogs"}
    assert set(re.findall(r"datasourceUid: (\S+)", text)) == set(sources)
    exemplar = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"][0]
    derived = sources["victorialogs"]["jsonData"]["derivedFields"][0]
    assert exemplar["name"] == derived["matcherRegex"] == "trace_id"
    assert "trace_id:=" in sources["jaeger"]["jsonData"]["tracesToLogsV2"]["query"]


def test_who_reaches_grafana_may_only_look() -> None:
    text = (GRAFANA / "grafana.ini").read_text()

    assert "org_role = Viewer" in text
    assert "disable_initial_admin_creation = true" in text


def test_a_cluster_is_given_every_dashboard_and_every_rule() -> None:
    for home, pattern in (
        (GRAFANA, "dashboards/*/*.json"),
        (OBSERVABILITY / "prometheus", "rules/*"),
    ):
        generators = yaml.safe_load((home / "kustomization.yaml").read_text())["configMapGenerator"]
        listed = {name for generator in generators for name in generator["files"]}

        assert {str(path.relative_to(home)) for path in home.glob(pattern)} <= listed
