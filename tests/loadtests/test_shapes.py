from argparse import Namespace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapes import PHASES, Plan, SpikeShape, phase_at, users_at

PLAN = Plan(warmup=5, baseline=30, spike=60, recovery=40, base_users=10, spike_users=100)


@pytest.mark.parametrize(
    ("seconds", "phase", "users"),
    [
        (0, "warmup", 10),
        (4.9, "warmup", 10),
        (5, "baseline", 10),
        (34.9, "baseline", 10),
        (35, "spike", 100),
        (94.9, "spike", 100),
        (95, "recovery", 10),
        (134.9, "recovery", 10),
        (135, None, None),
    ],
)
def test_each_second_has_its_phase_and_its_users(
    seconds: float, phase: str | None, users: int | None
) -> None:
    assert (phase_at(PLAN, seconds), users_at(PLAN, seconds)) == (phase, users)


def test_a_phase_of_no_length_never_happens() -> None:
    plan = Plan(warmup=0, baseline=10, spike=0, recovery=10, base_users=1, spike_users=9)
    assert {phase_at(plan, second) for second in range(20)} == {"baseline", "recovery"}


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=2))
def test_phases_never_go_back(moments: list[float]) -> None:
    order = [*PHASES, None]
    earlier, later = sorted(moments)
    assert order.index(phase_at(PLAN, earlier)) <= order.index(phase_at(PLAN, later))


class Spike(SpikeShape):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        options = Namespace(
            warmup_seconds=5, baseline_seconds=30, spike_seconds=60, recovery_seconds=40,
            base_users=10, spike_users=100, control_users=7, users_per_second=20,
        )  # fmt: skip
        self.runner = SimpleNamespace(environment=SimpleNamespace(parsed_options=options))
        self._seconds = seconds

    def get_run_time(self) -> float:
        return self._seconds


def test_the_shape_adds_the_control_to_the_target() -> None:
    assert Spike(seconds=40).tick() == (107, 20.0)


def test_the_shape_ends_when_the_plan_does() -> None:
    assert Spike(seconds=135).tick() is None
