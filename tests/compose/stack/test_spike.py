"""The proof on Docker: laptops scales, port stays, and nothing fails."""

import pytest
from rich.console import Console

from lab.commands import experiment
from lab.experiments.measure.experiment import Choices


@pytest.mark.timeout(600)
def test_laptops_scales_alone_and_every_signal_agrees() -> None:
    verdict = experiment.run(
        "laptops", choices=Choices(quick=True), console=Console(), engine="compose"
    )
    failed = [f"{c.name}: {c.measured} against {c.limit}" for c in verdict.checks if not c.passed]
    assert failed == []
