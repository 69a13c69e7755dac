"""Ratios to both baselines, round by round; medians, spread and sums over the rounds."""

from collections.abc import Callable
from dataclasses import asdict, fields
from statistics import median
from typing import Any

from bench.arrived import Arrived
from bench.measure import Measurement
from bench.servers import FRAMEWORKS
from bench.variants import baseline

# variant -> one measurement a round
Variants = dict[str, list[Measurement]]
# server and handler -> variants
Rounds = dict[str, Variants]
Figure = Callable[[Measurement], float | None]

FIGURES: dict[str, Figure] = {
    "rps_ratio": lambda one: one.rps,
    "cpu_ratio": lambda one: one.cpu_us,
    "p99_ratio_at_400rps": lambda one: one.p99_s,
}


def overhead(rounds: Rounds) -> dict[str, Any]:
    """Return what reports/overhead.json holds: ratios to the stricter baseline, and everything."""
    return {
        case: {name: _told(case, name, variants) for name in variants}
        for case, variants in rounds.items()
    }


def _told(case: str, name: str, variants: Variants) -> dict[str, Any]:
    strict = strictest(case, variants)
    return {
        "baseline": strict,
        **ratios(variants[name], variants[strict]),
        "to_bare": ratios(variants[name], variants["bare"]),
        "arrived": total(variants[name]),
        "rounds": [asdict(one) for one in variants[name]],
    }


def strictest(case: str, variants: Variants) -> str:
    """Return the baseline of a case: the one without FastAPI's own hooks, if it was measured."""
    wanted = baseline(FRAMEWORKS[case.split(maxsplit=1)[0]])
    return wanted if wanted in variants else "bare"


def ratios(measured: list[Measurement], base: list[Measurement]) -> dict[str, Any]:
    """Return each figure's median ratio to the same round of the baseline, and its spread."""
    pairs = list(zip(measured, base, strict=True))
    all_ratios = {name: _ratios(pairs, figure) for name, figure in FIGURES.items()}
    return {
        **{name: round(median(each), 3) if each else None for name, each in all_ratios.items()},
        "spread": {
            name: [round(min(each), 3), round(max(each), 3)] if each else None
            for name, each in all_ratios.items()
        },
    }


def _ratios(pairs: list[tuple[Measurement, Measurement]], figure: Figure) -> list[float]:
    taken = [(figure(one), figure(base)) for one, base in pairs]
    return [one / base for one, base in taken if one is not None and base]


def total(measured: list[Measurement]) -> dict[str, int | None]:
    """Sum what was wrong with what arrived, over all rounds."""
    return {field.name: _sum(field.name, measured) for field in fields(Arrived)}


def _sum(name: str, measured: list[Measurement]) -> int | None:
    counts = [count for one in measured if (count := getattr(one.arrived, name)) is not None]
    return sum(counts) if counts else None


def lost(measured: dict[str, Any]) -> int:
    """Count what is wrong with what this package sent: lost, twice, or naming something else."""
    arrived = (variants[name]["arrived"] for variants in measured.values()
               for name in ("contrib", "lean") if name in variants)  # fmt: skip
    return sum(abs(count) for told in arrived for count in told.values() if count)


def result(measured: dict[str, Any]) -> str:
    """Say in one line what `lean` costs in all that was measured, and whether it lost anything."""
    lean = [variants["lean"] for variants in measured.values() if "lean" in variants]
    if not lean:
        return "lean was not measured"
    rps, cpu = (sorted(told[figure] for told in lean) for figure in ("rps_ratio", "cpu_ratio"))
    return (
        f"lean keeps {rps[0]:.2f} to {rps[-1]:.2f} of the requests a second at {cpu[0]:.2f} to"
        f" {cpu[-1]:.2f} of the processor time; {lost(measured)} spans or lines lost or wrong"
    )


def table(rounds: Rounds) -> str:
    """Lay the medians out for a person who waits."""
    head = (
        f"{'server':<24}{'variant':<18}{'rps':>7}{'CPU us':>8}{'p99 ms':>8}"
        f"{'rps ratio':>20}{'CPU ratio':>20}{'p99 ratio':>20}{'lost spans, lines':>18}  disturbed"
    )
    return "\n".join([head, *(_row(case, name, variants) for case, variants in rounds.items()
                              for name in variants)])  # fmt: skip


def _row(case: str, name: str, variants: Variants) -> str:
    measured = variants[name]
    told = ratios(measured, variants[strictest(case, variants)])
    lost = total(measured)
    p99 = [one.p99_s * 1000 for one in measured if one.p99_s]
    return (
        f"{case:<24}{name:<18}{median(one.rps for one in measured):>7.0f}"
        f"{median(one.cpu_us for one in measured):>8.0f}"
        f"{f'{median(p99):.2f}' if p99 else '-':>8}"
        + "".join(f"{cell(told, figure):>20}" for figure in FIGURES)
        + f"{_or_dash(lost['spans_lost']):>11}{_or_dash(lost['lines_lost']):>7}"
        + f"{max(one.disturbed for one in measured):>11.0%}"
    )


def cell(told: dict[str, Any], figure: str) -> str:
    """Return a median with its lowest and highest round."""
    value, spread = told[figure], told["spread"][figure]
    return "-" if value is None else f"{value:.2f} ({spread[0]:.2f}-{spread[1]:.2f})"


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)
