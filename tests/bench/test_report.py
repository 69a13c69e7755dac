"""Ratios are to the same round of the stricter baseline, and sums are sums."""

from dataclasses import replace
from typing import Any

from bench.arrived import Arrived
from bench.measure import Measurement
from bench.report import lost, overhead, result, table, total

ONE = Measurement(
    rps=1000, cpu_us=100, disturbed=0.0, p99_s=0.001, exit_s=0.1, served=9, arrived=Arrived()
)


def one(rps: float, lost: int | None = None) -> Measurement:
    return replace(ONE, rps=rps, arrived=Arrived(spans_lost=lost, lines_lost=lost))


ROUNDS = {
    "uvicorn small": {
        "bare": [one(800), one(1000), one(500)],
        "bare-silenced": [one(1000), one(1000), one(1000)],
        "lean": [one(900, 1), one(850, 0), one(800, 2)],
    },
    "gunicorn-gthread real": {
        "bare": [replace(ONE, p99_s=None)],
        "lean": [replace(one(500, 0), p99_s=None)],
    },
}


def told(case: str, variant: str) -> dict[str, Any]:
    result: dict[str, Any] = overhead(ROUNDS)[case][variant]
    return result


def test_the_headline_is_against_the_silenced_baseline_where_there_is_one() -> None:
    lean = told("uvicorn small", "lean")
    assert lean["baseline"] == "bare-silenced"
    assert (lean["rps_ratio"], lean["spread"]["rps_ratio"]) == (0.85, [0.8, 0.9])
    assert told("gunicorn-gthread real", "lean")["baseline"] == "bare"


def test_the_ratio_to_bare_is_told_beside_it_round_by_round() -> None:
    assert told("uvicorn small", "lean")["to_bare"]["spread"]["rps_ratio"] == [0.85, 1.6]


def test_what_was_lost_is_summed_over_all_rounds() -> None:
    assert told("uvicorn small", "lean")["arrived"]["spans_lost"] == 3
    assert told("uvicorn small", "bare")["arrived"]["spans_lost"] is None


def test_a_round_that_could_not_be_compared_leaves_the_sum_of_the_others() -> None:
    assert total([one(1, None), one(1, 2)])["lines_lost"] == 2


def test_every_round_is_kept_with_its_figures() -> None:
    rounds = told("uvicorn small", "bare")["rounds"]
    assert [each["rps"] for each in rounds] == [800, 1000, 500]


def test_a_figure_that_was_not_measured_has_no_ratio() -> None:
    lean = told("gunicorn-gthread real", "lean")
    assert (lean["p99_ratio_at_400rps"], lean["spread"]["p99_ratio_at_400rps"]) == (None, None)


def test_the_table_has_a_row_for_each_case_and_variant() -> None:
    assert len(table(ROUNDS).splitlines()) == 1 + 3 + 2


def test_what_this_package_lost_is_in_the_last_line_and_what_others_lost_is_not() -> None:
    measured = overhead(ROUNDS | {"uvicorn real": {"bare": [one(9)], "default": [one(9, 4)]}})
    assert lost(measured) == 6  # three spans and three lines
    assert result(measured) == (
        "lean keeps 0.50 to 0.85 of the requests a second at 1.00 to 1.00 of the processor time;"
        " 6 spans or lines lost or wrong"
    )
