"""Figures: lines, limits, dots, histograms and marks."""

import pytest
from tests.lab.preview.fakes import PANEL, panel

from lab.preview import charts
from lab.preview.ask import Dot, LabelledPoints
from lab.preview.model import Limit
from lab.preview.units import written


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.25, "s", "250 ms"),
        (1.5, "s", "1.5 s"),
        (0, "s", "0s"),
        (0.9994, "percentunit", "99.9 %"),
        (-0.5, "percentunit", "-50 %"),
        (-12.1, "percentunit", "-1,210 %"),
        (41.66, "reqps", "41.7 req/s"),
        (1, "short", "1"),
        (12345, "short", "12.3 k"),
        (93_000_000, "bytes", "93 MB"),
    ],
)
def test_a_value_is_written_with_three_digits_and_its_unit(
    value: float, unit: str, text: str
) -> None:
    assert written(value, unit) == text


def test_a_legend_puts_labels_in_their_places() -> None:
    assert charts.legend("{{job}} {{ slo }}", {"job": "port", "slo": "latency"}) == "port latency"
    assert charts.legend("", {"__name__": "up", "job": "port"}) == 'up{job="port"}'


def test_a_service_keeps_its_colour_and_its_limit_is_dashed() -> None:
    figure = charts.lines(PANEL, [("laptops", LabelledPoints({}, [(1.0, 2.0)]))], [])

    assert figure["data"][0]["line"]["color"] == charts.COLORS["blue"]
    assert figure["data"][0]["x"] == [1000.0]
    assert [s["y0"] for s in figure["layout"]["shapes"] if s.get("visible", True)] == [5]


def test_single_requests_are_dots_that_name_their_trace() -> None:
    figure = charts.lines(PANEL, [("a", LabelledPoints({}, [(1.0, 2.0)]))], [Dot(1.5, 0.3, "abc")])

    assert figure["data"][1]["mode"] == "markers"
    assert figure["data"][1]["text"] == ["abc"]


def test_a_stack_is_one_group() -> None:
    series = [("a", LabelledPoints({}, [(1.0, 2.0)])), ("b", LabelledPoints({}, [(1.0, 3.0)]))]

    figure = charts.lines(panel("timeseries", stacked=True), series, [])

    assert {trace["stackgroup"] for trace in figure["data"]} == {"all"}


def test_whole_things_change_in_steps() -> None:
    figure = charts.lines(
        panel("timeseries", steps=True), [("a", LabelledPoints({}, [(1.0, 2.0)]))], []
    )

    assert figure["data"][0]["line"]["shape"] == "hv"


def test_a_histogram_shows_what_is_in_each_bucket_and_not_below_it() -> None:
    buckets = [
        LabelledPoints({"le": "+Inf"}, [(1.0, 7.0)]),
        LabelledPoints({"le": "0.5"}, [(1.0, 4.0)]),
    ]

    (trace,) = charts.heatmap(PANEL, buckets)["data"]

    assert trace["y"] == ["0.5", "+Inf"]
    assert trace["z"] == [[4.0], [3.0]]


def test_marks_stand_on_every_figure() -> None:
    figures = [charts.lines(PANEL, [("a", LabelledPoints({}, [(1.0, 2.0)]))], []) for _ in range(2)]

    charts.marks(figures, [(1.0, "laptops scales out", "blue")])

    for figure in figures:
        assert figure["layout"]["shapes"][-1]["x0"] == 1000
        assert figure["layout"]["annotations"][0]["hovertext"] == "laptops scales out"


def test_a_number_has_the_colour_of_the_last_limit_it_reaches() -> None:
    limits = (Limit(value=None, color="green"), Limit(value=1, color="red"))

    assert charts.limit_color(limits, 0) == charts.COLORS["green"]
    assert charts.limit_color(limits, 1) == charts.COLORS["red"]
