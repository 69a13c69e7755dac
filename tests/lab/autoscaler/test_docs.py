"""docs/scaling.md: its example is what the algorithm does, its names are what is published."""

import re
from itertools import pairwise

from prometheus_client import CollectorRegistry

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Observation, Reading
from lab.autoscaler.publish import Publisher
from lab.autoscaler.scaledobject import load
from lab.paths import ROOT

TEXT = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
POLICY = load(ROOT / "k8s" / "components" / "keda" / "laptops-scaledobject.yaml")
ROW = re.compile(
    r"\| (?P<second>\d+) \| (?P<reading>\d+) \| (?P<replicas>\d+) \| (?P<ratio>[\d.]+)"
    r" \| (?P<recommended>\d+) \| (?P<desired>\d+) \| (?P<limit>\w*) ?\|"
)


def test_the_worked_example_is_what_the_algorithm_does() -> None:
    autoscaler = Autoscaler(POLICY.autoscaler())
    rows = list(ROW.finditer(TEXT))
    assert len(rows) == 14
    for row in rows:
        replicas, reading = int(row["replicas"]), int(row["reading"])
        seen = Observation(
            spec_replicas=replicas,
            status_replicas=replicas,
            ready_replicas=replicas,
            readings=(Reading(reading * 1000),),
        )
        decision = autoscaler.step(float(row["second"]), seen)
        assert float(row["ratio"]) == round(reading / (20 * replicas), 2), row[0]
        assert decision.recommendation == int(row["recommended"]), row[0]
        assert (decision.desired, decision.limited_by) == (int(row["desired"]), row["limit"]), row[
            0
        ]


def test_each_row_goes_on_from_the_one_before() -> None:
    rows = list(ROW.finditer(TEXT))
    for before, after in pairwise(rows):
        assert after["replicas"] == before["desired"]


def test_the_policys_query_is_the_one_that_is_explained() -> None:
    assert f"`{POLICY.spec.triggers[0].metadata.query}`" in TEXT


def test_every_metric_is_described_under_its_name() -> None:
    registry = CollectorRegistry()
    Publisher(registry, namespace="laptop-lab")
    described = set(re.findall(r"`(kube_\w+|lab_\w+|_\w+)`", TEXT))
    for family in registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        assert any(name == word or (word[0] == "_" and name.endswith(word)) for word in described)
