"""The page's material for the run that never happened."""

from tests.lab.experiments.spike.a_run import evidence
from tests.lab.experiments.spike.jaeger_trace import trace

from lab.experiments.spike.evidence import Evidence
from lab.experiments.spike.gather import curves, failed, log_lines, slowest
from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.story import RequestStory, Story
from lab.experiments.spike.verdict import Verdict
from lab.experiments.spike.waterfall import waterfall
from lab.facts import SERVICES
from lab.report.model import ScaleStep

RECORD = {
    "_time": "2025-11-24T16:01:33.131Z",
    "_msg": "http.request",
    "service.name": "laptops",
    "http.request.method": "GET",
    "http.route": "/laptops",
    "http.response.status_code": "200",
    "duration_s": "0.115",
    "trace_id": "ab" * 16,
}
STEPS = [
    ScaleStep(seconds=46, service="laptops", usage=39.8, current=1, desired=2, reason="metric"),
    ScaleStep(seconds=149, service="laptops", usage=10, current=5, desired=1, reason="metric"),
]


def passed() -> tuple[Verdict, Story]:
    """Return a verdict that passed and its story."""
    return told(evidence())


def not_passed() -> tuple[Verdict, Story]:
    """Return a verdict that did not pass: nothing scaled and some requests failed."""
    return told(evidence(scales=False, failures=20))


def told(run: Evidence) -> tuple[Verdict, Story]:
    """Judge a run and tell its story, with one trace for every request."""
    story = Story(
        decisions=STEPS if run.replicas["laptops"].scaler else [],
        curves={service: curves(run, service) for service in SERVICES},
        slowest=[_tell(request.latency_ms) for request in slowest(run.log)],
        failed=[_tell(request.latency_ms, request.error) for request in failed(run.log)],
    )
    return judge(run, Limits()), story


def _tell(latency_ms: float, error: str | None = None) -> RequestStory:
    return RequestStory(
        service="laptops",
        method="GET",
        name="/laptops",
        status=0 if error else 200,
        latency_ms=latency_ms,
        seconds=52.5,
        error=error,
        trace_id="ab" * 16,
        spans=[] if error else waterfall(trace()),
        logs=[] if error else log_lines([RECORD]),
    )
