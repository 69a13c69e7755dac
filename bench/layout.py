"""The committed results as the sentences and tables that documents show."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from bench.report import FIGURES, cell
from bench.servers import FRAMEWORKS
from bench.variants import FLASK, VARIANTS

# What a run's JSON file holds: each case, and under "_" what it was made on.
Results = dict[str, Any]

GOAL_RPS, GOAL_CPU = 0.90, 1.10
SERVERS = {
    "gunicorn-gthread": "gunicorn",
    "granian-wsgi": "granian, WSGI",
    "uvicorn": "uvicorn",
    "granian-asgi": "granian, ASGI",
}
RPS, CPU, P99 = "requests a second", "processor time", "p99 at 400 a second"
# What may be wrong with what arrived, in the words of a table's head.
FAULTS = {
    "spans_lost": "spans lost",
    "spans_twice": "spans twice",
    "lines_lost": "lines lost",
    "lines_twice": "lines twice",
    "lines_without_span": "lines without a span",
    "answers_without_span": "answers without a span",
}


def cases(results: Results) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield server, handler and what each variant came to."""
    for case, variants in results.items():
        if case != "_":
            server, handler = case.split()
            yield server, handler, variants


def layout(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |".replace("|  |", "| |") for line in lines)


def ratios(results: Results) -> str:
    """Lay out every variant's ratios to the stricter baseline."""
    rows = [
        ("" if number else f"{SERVERS[server]}, {handler}", f"`{name}`", *_cells(told))
        for server, handler, variants in cases(results)
        for number, (name, told) in enumerate(_compared(variants))
    ]
    return layout(("server, handler", "variant", RPS, CPU, P99), rows)


def _compared(variants: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, told) for name, told in variants.items() if name != told["baseline"]]


def _cells(told: dict[str, Any]) -> list[str]:
    return ["" if told[figure] is None else cell(told, figure) for figure in FIGURES]


def to_bare(results: Results) -> str:
    """Lay out lean's ratios to both baselines, where there are two."""
    rows = [
        (f"{SERVERS[server]}, {handler}", f"`{base}`", *_cells(told))
        for server, handler, variants in cases(results)
        if (lean := variants["lean"])["baseline"] != "bare"
        for base, told in ((lean["baseline"], lean), ("bare", lean["to_bare"]))
    ]
    return layout(("server, handler", "ratio of `lean` to", RPS, CPU, P99), rows)


def goals(results: Results) -> str:
    """Say first where lean misses its goal, then where it holds it."""
    held: dict[bool, list[str]] = {False: [], True: []}
    for server, handler, variants in cases(results):
        lean = variants["lean"]
        met = lean["rps_ratio"] >= GOAL_RPS and lean["cpu_ratio"] <= GOAL_CPU
        held[met].append(
            f"{SERVERS[server]}, {handler} ({lean['rps_ratio']:.2f} and {lean['cpu_ratio']:.2f})"
        )
    return (
        f"- The goal is missed on {'; '.join(held[False]) or 'none'}.\n"
        f"- It is held on {'; '.join(held[True]) or 'none'}."
    )


def conditions(results: Results) -> str:
    """Say what the figures were measured on."""
    told = results["_"]
    versions = ", ".join(f"{package} {number}" for package, number in told["versions"].items())
    loads = ", ".join(f"{load:.2f}" for load in told["load_average_before"])
    return "\n".join(
        (
            f"- {told['date']}, commit `{told['commit']}`, {told['rounds']} rounds of"
            f" {told['seconds']} s; load average before: {loads}.",
            f"- While it was saturated, others took at most {most_disturbed(results):.0%} of the"
            " server's core.",
            f"- {told['cpu']}, {told['cores']} cores, Linux {told['kernel']},"
            f" CPython {told['python']}, {told['wrk']}.",
            f"- {versions}.",
        )
    )


def most_disturbed(results: Results) -> float:
    """Return the largest share of the server's core that something else took in any round."""
    shares: Iterator[float] = (
        one["disturbed"]
        for *_, variants in cases(results)
        for told in variants.values()
        for one in told["rounds"]
    )
    return max(shares)


def variants_told(results: Results) -> str:
    """Say what each measured variant is."""
    measured = {name for *_, variants in cases(results) for name in variants}
    told = [f"- `{name}`: {VARIANTS[name].says}." for name in VARIANTS if name in measured]
    return "\n".join(told)


def arrived(results: Results) -> str:
    """Sum up, by variant, what was served and what was wrong with what arrived."""
    rows = []
    for name, variant in VARIANTS.items():
        measured = [variants[name] for *_, variants in cases(results) if name in variants]
        if variant.spans and measured:
            served = sum(one["served"] for told in measured for one in told["rounds"])
            rows.append((f"`{name}`", served, *(_sum(measured, fault) for fault in FAULTS)))
    return layout(("variant", "requests served", *FAULTS.values()), rows)


def _sum(measured: list[dict[str, Any]], fault: str) -> int | str:
    counts = [count for told in measured if (count := told["arrived"][fault]) is not None]
    return sum(counts) if counts else "-"


def summary(results: Results) -> str:
    """Say in four lines what it costs."""
    flask, fastapi = results["gunicorn-gthread small"], results["uvicorn small"]
    real = [_rps(told["lean"]) for _, handler, told in cases(results) if handler == "real"]
    return "\n".join(
        (
            "Of its requests a second without telemetry, a handler that takes 0.1 to 0.5 ms keeps",
            f"{_rps(flask['lean'])} on Flask and {_rps(fastapi['lean'])} on FastAPI with `lean`,",
            f"{_rps(flask['default'])} and {_rps(fastapi['default'])} with the usual set-up, and"
            f" {_rps(fastapi['native'])} with FastAPI's own OpenTelemetry. One that takes a",
            f"millisecond, with one statement, keeps {min(real)} to {max(real)} with `lean`.",
        )
    )


def servers(results: Results) -> str:
    """Lay out the processor time of one request to the small handler."""
    rows = [
        (
            SERVERS[server],
            "Flask" if FRAMEWORKS[server] == FLASK else "FastAPI",
            *(_cpu(variants[name]) for name in (variants["lean"]["baseline"], "lean")),
        )
        for server, handler, variants in cases(results)
        if handler == "small"
    ]
    return layout(("server", "framework", "without telemetry", "`lean`"), rows)


def _rps(told: dict[str, Any]) -> str:
    return f"{told['rps_ratio']:.2f}"


def _cpu(told: dict[str, Any]) -> str:
    return f"{median(one['cpu_us'] for one in told['rounds']):.0f} µs"


def export(results: Results) -> str:
    """Lay out what each way to export costs and loses."""
    base = results["SDK spans, no export"]["cpu_us_per_span"]
    rows = [
        (way, f"{told['cpu_us_per_span']} µs", _above(told["cpu_us_per_span"] - base),
         told.get("lost_of_4000_in_outage", "-"))
        for way, told in results.items()
    ]  # fmt: skip
    return layout(("way", "processor time a span", "above no export", "lost of 4000"), rows)


def _above(microseconds: float) -> str:
    if microseconds == 0:
        return "-"
    return "below it" if microseconds < 0 else f"{microseconds:.1f} µs"
