"""The proof on Docker: laptops scales, port stays, and nothing fails."""

import pytest

from lab import engines
from lab.experiments import spike


@pytest.mark.timeout(600)
def test_laptops_scales_alone_and_every_signal_agrees() -> None:
    verdict = spike.run("laptops", quick=True, engine=engines.named("compose"))
    failed = [f"{c.name}: {c.measured} against {c.limit}" for c in verdict.checks if not c.passed]
    assert failed == []
