"""The page: every committed panel is on it, with data or with the reason why there is none."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from tests.lab.preview.fakes import NOW, TARGET, Backends, matrix, panel, vector

from lab.preview import cells
from lab.preview.ask import Window
from lab.preview.fetch import RecordedFetcher, RecordingFetcher
from lab.preview.model import ORDER, Mark, committed
from lab.preview.page import render

WINDOW = Window(NOW - 900, NOW, {})
EMPTY = {
    "/api/v1/query_range": matrix(),
    "/api/v1/query": vector(),
    "/api/v1/query_exemplars": {"data": []},
    "/api/traces": {"data": []},
    "/select/logsql/query": [],
}


def test_the_committed_dashboards_come_in_the_order_in_which_one_asks() -> None:
    assert tuple(board.uid for board in committed()) == ORDER


def test_every_panel_is_on_the_page_with_its_sentence_and_its_word_for_no_data() -> None:
    html = unescape(render(committed(), Backends(EMPTY), 900))

    for board in committed():
        for each in board.panels:
            if each.kind != "row":
                assert each.title in html
                assert each.empty in html


def test_the_page_says_that_it_is_a_preview_and_loads_nothing() -> None:
    html = render(committed(), Backends(EMPTY), 900)

    assert "A preview without Grafana" in html
    assert "<script src" not in html
    assert "<link" not in html


def test_the_service_dashboard_is_drawn_for_both_services() -> None:
    html = render(committed(), Backends(EMPTY), 900)

    assert 'href="#lab-service-laptops"' in html
    assert 'href="#lab-service-port"' in html


def test_lines_are_named_by_their_legend() -> None:
    backends = Backends(EMPTY | {"/api/v1/query_range": matrix(({"job": "port"}, [(NOW, "1")]))})

    cell = cells.fill(panel("timeseries"), backends, WINDOW)

    assert cell.figure
    assert cell.figure["data"][0]["name"] == "port"


def test_a_table_hides_what_the_dashboard_hides() -> None:
    backends = Backends(EMPTY | {"/api/v1/query": vector(({"alertname": "A", "x": "1"}, "1"))})

    cell = cells.fill(panel("table", hidden=frozenset({"x", "Value"})), backends, WINDOW)

    assert (cell.columns, cell.rows) == (["alertname"], [["A"]])


def test_a_number_has_a_text_and_a_colour() -> None:
    backends = Backends(EMPTY | {"/api/v1/query": vector(({"job": "port"}, "7"))})

    (number,) = cells.fill(panel("stat"), backends, WINDOW).numbers

    assert (number.name, number.text, number.color) == ("port", "7", "#e02f44")


def test_a_backend_that_is_away_is_named_in_its_panels() -> None:
    assert (
        cells.fill(panel("timeseries"), Backends({}), WINDOW).note == "prometheus does not answer"
    )


def test_a_mark_stands_where_something_begins() -> None:
    points = [(NOW - 100, "1"), (NOW - 95, "1"), (NOW - 20, "1")]
    backends = Backends(EMPTY | {"/api/v1/query_range": matrix(({"job": "port"}, points))})
    mark = Mark(name="Alerts", expr="ALERTS", title="{{job}} down", color="red")

    moments = cells.moments((mark,), backends, WINDOW)

    assert moments == [(NOW - 100, "port down", "red"), (NOW - 20, "port down", "red")]


def test_a_recording_draws_the_same_page(tmp_path: Path) -> None:
    recorder = RecordingFetcher(Backends(EMPTY | {"/api/v1/query": vector(({"job": "port"}, "7"))}))
    page = render(committed(), recorder, 900)
    recorder.save(tmp_path / "recording.json.gz", 900)

    recorded = RecordedFetcher.load(tmp_path / "recording.json.gz")
    assert render(committed(), recorded, recorded.seconds) == page


def test_log_lines_keep_the_keys_that_matter() -> None:
    line = {"_time": "t", "_msg": "http.request", "trace_id": "abc", "scope.name": "x"}
    target = TARGET.__class__(**vars(TARGET) | {"source": "victoriametrics-logs-datasource"})

    cell = cells.fill(
        panel("logs", targets=(target,)), Backends(EMPTY | {"/select/logsql/query": [line]}), WINDOW
    )

    assert cell.columns == ["_time", "_msg", "trace_id"]
