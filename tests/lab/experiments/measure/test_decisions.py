import httpx

from lab.engines.endpoints import Endpoints
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.decisions import decisions, in_words

LINE = (
    '{{"_msg":"scale.decision","_time":"2026-11-25T08:43:5{second}.344584Z","service":"laptops",'
    '"usage":"{usage}","current":"1","desired":"{desired}","reason":"SuccessfulRescale",'
    '"limited_by":""}}\n'
)


def answer(_: httpx.Request) -> httpx.Response:
    lines = (LINE.format(second=5, usage=79, desired=4), LINE.format(second=0, usage=9, desired=1))
    return httpx.Response(200, text="".join(lines) + LINE.format(second=1, usage=39.6, desired=2))


def test_only_changes_are_told_the_oldest_first() -> None:
    with Backends(Endpoints(), httpx.Client(transport=httpx.MockTransport(answer))) as backends:
        told = decisions(backends, 0, 1)
    assert [in_words(decision) for decision in told] == [
        "laptops 1 → 2 at 40 requests/s",
        "laptops 1 → 4 at 79 requests/s",
    ]
    assert told[0].reason == "SuccessfulRescale"
