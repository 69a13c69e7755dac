"""Ratios to bare, round by round; medians and spread over the rounds."""

from dataclasses import asdict
from statistics import median
from typing import Any

from bench.measure import Measurement

# server and handler -> variant -> one measurement a round
Rounds = dict[str, dict[str, list[Measurement]]]

VARIANTS = ("bare", "default", "contrib", "lean")


def overhead(rounds: Rounds) -> dict[str, Any]:
    """Return what reports/overhead.json holds."""
    return {
        server: {
            variant: _ratios(measured, variants["bare"])
            for variant, measured in variants.items()
            if variant != "bare"
        }
        for server, variants in rounds.items()
    }


def _ratios(measured: list[Measurement], bare: list[Measurement]) -> dict[str, Any]:
    pairs = list(zip(measured, bare, strict=True))
    rps = [one.rps / base.rps for one, base in pairs]
    cpu = [one.cpu_us / base.cpu_us for one, base in pairs]
    p99 = [one.p99_s / base.p99_s for one, base in pairs if base.p99_s]
    return {
        "rps_ratio": _median(rps),
        "cpu_ratio": _median(cpu),
        "p99_ratio_at_400rps": _median(p99),
        "spans_lost": max(one.spans_lost for one in measured),
        "spread": {"rps_ratio": _spread(rps), "cpu_ratio": _spread(cpu), "p99_ratio": _spread(p99)},
        "rounds": [asdict(one) for one in measured],
    }


def _median(values: list[float]) -> float | None:
    return round(median(values), 3) if values else None


def _spread(values: list[float]) -> list[float]:
    return [round(min(values), 3), round(max(values), 3)] if values else []


def table(rounds: Rounds) -> str:
    """Lay the medians out for a person."""
    head = f"{'server':<24}{'variant':<9}{'rps':>7}{'CPU us':>8}{'p99 ms':>8}" \
           f"{'rps ratio':>20}{'CPU ratio':>20}{'p99 ratio':>20}{'lost':>6}"  # fmt: skip
    return "\n".join([head, *(row for server in rounds for row in _rows(server, rounds[server]))])


def _rows(server: str, variants: dict[str, list[Measurement]]) -> list[str]:
    return [_row(server, name, measured, variants["bare"]) for name, measured in variants.items()]


def _row(server: str, name: str, measured: list[Measurement], bare: list[Measurement]) -> str:
    ratios = _ratios(measured, bare)
    spread = ratios["spread"]
    cells = [
        _cell(ratios["rps_ratio"], spread["rps_ratio"]),
        _cell(ratios["cpu_ratio"], spread["cpu_ratio"]),
        _cell(ratios["p99_ratio_at_400rps"], spread["p99_ratio"]),
    ]
    return (
        f"{server:<24}{name:<9}{median(one.rps for one in measured):>7.0f}"
        f"{median(one.cpu_us for one in measured):>8.0f}"
        f"{median(one.p99_s for one in measured) * 1000:>8.2f}"
        + "".join(f"{cell:>20}" for cell in cells)
        + f"{ratios['spans_lost']:>6}"
    )


def _cell(value: float | None, spread: list[float]) -> str:
    return "-" if value is None else f"{value:.2f} ({spread[0]:.2f}-{spread[1]:.2f})"
