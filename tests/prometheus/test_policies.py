"""What a policy's query says of a service that is busy, idle, or out of Prometheus' sight."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.prometheus.test_rules import promtool

from lab.facts import SERVICES, Service
from lab.paths import ROOT

SEEN, LOST, MISSING = "1", "0", "_"


def query(service: Service) -> str:
    policy = ROOT / "k8s" / "components" / "keda" / f"{service}-scaledobject.yaml"
    (trigger,) = yaml.safe_load(policy.read_text())["spec"]["triggers"]
    return str(trigger["metadata"]["query"])


def samples(*parts: tuple[str, int]) -> str:
    return " ".join(" ".join([value] * times) for value, times in parts)


@dataclass(frozen=True)
class Seen:
    """What Prometheus has seen of a service when it is asked, and what the query is to say."""

    up: str
    requests: str = "0+40x29"
    second: int = 61
    reading: float | None = None


NOTHING = ""
CASES = {
    "busy": Seen(samples((SEEN, 62)), "0+40x61", reading=40.0),
    "no request yet": Seen(samples((SEEN, 62)), NOTHING, reading=0.0),
    "just started": Seen(samples((SEEN, 10)), NOTHING, second=9),
    "targets that do not answer": Seen(samples((SEEN, 30), (LOST, 32))),
    "nothing is scraped": Seen(samples((SEEN, 30), (MISSING, 32))),
    "just back": Seen(samples((SEEN, 30), (LOST, 30), (SEEN, 2))),
    "late scrapes": Seen(samples((SEEN, 30), (MISSING, 30), (SEEN, 2))),
}


@pytest.mark.e2e
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("case", CASES)
def test_a_service_out_of_sight_gives_no_reading(
    service: Service, case: str, tmp_path: Path
) -> None:
    seen, job = CASES[case], f'{{job="{service}"}}'
    series = [{"series": f"up{job}", "values": seen.up}]
    if seen.requests:
        name = f"http_server_request_duration_seconds_count{job}"
        series.append({"series": name, "values": seen.requests})
    expected = [] if seen.reading is None else [{"labels": "{}", "value": seen.reading}]
    asked = {"expr": query(service), "eval_time": f"{seen.second}s", "exp_samples": expected}
    test = {"interval": "1s", "input_series": series, "promql_expr_test": [asked]}
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1s", "tests": [test]}))

    done = promtool("test", "rules", file)

    assert done.returncode == 0, done.stdout + done.stderr
