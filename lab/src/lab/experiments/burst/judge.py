"""From what was seen to the verdict. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.experiments.burst.load import Added
from lab.experiments.burst.plan import OTHERS, TARGET, Limits, Plan
from lab.experiments.burst.verdict import EventCounts, Verdict
from lab.experiments.measure.bound import Bound, check
from lab.experiments.measure.increase import Sample
from lab.experiments.measure.replicas import changes
from lab.experiments.measure.scaling import grew, shrank, stayed
from lab.report.model import Replicas


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a verdict rests on. Samples are (seconds since the epoch, value)."""

    plan: Plan
    began: float
    ended: float
    added: Sequence[Added]
    replicas: Mapping[str, Sequence[Sample]]
    queue: Sequence[Sample]
    counts: EventCounts
    dead_letters: int

    @property
    def seconds(self) -> float:
        """How long all took."""
        return round(self.ended - self.began, 3)

    def steps(self) -> dict[str, list[Replicas]]:
        """Return the replicas of each deployment, an entry for each change."""
        return {name: changes(samples, self.began) for name, samples in self.replicas.items()}

    @property
    def burst_end(self) -> float:
        """When the last laptop was due."""
        return self.began + self.plan.seconds


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    """Weigh the evidence."""
    plan = evidence.plan
    steps = evidence.steps()
    caught_up = _caught_up(evidence)
    refused = sum(not each.accepted for each in evidence.added)
    checks = [
        grew("worker-scaled-out", TARGET, steps[TARGET], limits.scale_factor),
        shrank("worker-came-back", TARGET, steps[TARGET]),
        *(stayed(f"{name}-stayed", name, steps[name]) for name in OTHERS),
        check("caught-up", caught_up, Bound("at most", limits.caught_up_seconds, "s"),
              "Was the queue empty again soon after the burst?"),
        check("refused", refused, Bound("exactly", 0, "laptops"),
              "Did the service accept every laptop?"),
        check("dead-letters", evidence.dead_letters, Bound("exactly", 0, "events"),
              "Could every event be processed?"),
        check("exactly-once", evidence.counts.effects - evidence.counts.client,
              Bound("exactly", 0, "laptops"), "Did each event count once?"),
        check("signals-agree", evidence.counts.difference, Bound("exactly", 0, "events"),
              "Do all six counts agree?"),
    ]  # fmt: skip
    return Verdict(
        passed=all(each.passed for each in checks),
        started=datetime.fromtimestamp(evidence.began, UTC),
        seconds=evidence.seconds,
        phase_starts={
            "baseline": 0.0,
            "burst": plan.baseline,
            "recovery": plan.seconds,
            "end": evidence.seconds,
        },
        refused=refused,
        dead_letters=evidence.dead_letters,
        queue_peak=round(max((value for _, value in evidence.queue), default=0)),
        caught_up_seconds=caught_up,
        replicas=steps,
        counts=evidence.counts,
        checks=checks,
    )


def _caught_up(evidence: Evidence) -> float | None:
    """Return the seconds from the end of the burst until the queue stayed empty; None: never."""
    busy = [at for at, value in evidence.queue if value > 0]
    last = max(busy, default=evidence.burst_end)
    emptied = any(at > last for at, _ in evidence.queue)
    return round(max(0.0, last - evidence.burst_end), 3) if emptied else None
