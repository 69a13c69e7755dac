"""Questions are asked as Grafana would, and answers come in one shape."""

from dataclasses import replace

from tests.lab.preview.fakes import NOW, TARGET, Backends, matrix

from lab.preview import ask
from lab.preview.ask import Window
from lab.preview.model import Target

WINDOW = Window(NOW - 900, NOW, {"service": "laptops", "route": ".*"})


def test_variables_are_filled_and_what_is_unknown_stays() -> None:
    assert WINDOW.fill('{job="$service", http_route=~"${route}"} $1') == (
        '{job="laptops", http_route=~".*"} $1'
    )


def test_a_rate_spans_at_least_four_scrapes_and_grows_with_the_step() -> None:
    assert WINDOW.fill("[$__rate_interval]") == "[20s]"
    assert Window(NOW - 86400, NOW, {}).fill("[$__rate_interval]") == "[437s]"


def test_a_step_gives_about_two_hundred_points_and_is_never_below_five_seconds() -> None:
    assert WINDOW.step == 5
    assert Window(NOW - 3600, NOW, {}).step == 18


def test_values_that_are_not_numbers_are_left_out_and_so_is_a_series_of_them() -> None:
    answer = matrix(({"job": "a"}, [(1, "2"), (2, "NaN")]), ({"job": "b"}, [(1, "NaN")]))

    found = ask.series(Backends({"/api/v1/query_range": answer}), "up", WINDOW)

    assert [(each.labels, each.points) for each in found] == [({"job": "a"}, [(1, 2.0)])]


def test_an_exemplar_is_a_dot_with_its_trace() -> None:
    exemplar = {"timestamp": 5.5, "value": "0.2", "labels": {"trace_id": "abc", "span_id": "d"}}
    answer = {"data": [{"seriesLabels": {}, "exemplars": [exemplar]}]}

    dots = ask.exemplars(Backends({"/api/v1/query_exemplars": answer}), "up", WINDOW)

    assert dots == [ask.Dot(5.5, 0.2, "abc")]


def test_the_slowest_two_requests_of_each_step_are_dots() -> None:
    found = [
        {"timestamp": time, "value": value, "labels": {"trace_id": value}}
        for time, value in ((1, "0.1"), (2, "0.4"), (3, "0.2"), (6, "0.1"))
    ]
    answer = {"data": [{"seriesLabels": {}, "exemplars": found}]}

    dots = ask.exemplars(Backends({"/api/v1/query_exemplars": answer}), "up", WINDOW)

    assert [dot.value for dot in dots] == [0.4, 0.2, 0.1]


def test_a_trace_lasts_from_its_first_span_to_the_end_of_its_last() -> None:
    spans = [
        {"operationName": "inner", "startTime": 2_000_000, "duration": 900_000},
        {"operationName": "GET /laptops", "startTime": 1_000_000, "duration": 1_500_000},
    ]
    backends = Backends({"/api/traces": {"data": [{"traceID": "t", "spans": spans}]}})
    search = {"service": "$service", "tags": "error=true", "limit": 20}

    (trace,) = ask.traces(backends, ask_jaeger(search), WINDOW)

    assert trace == {
        "trace": "t",
        "name": "GET /laptops",
        "start": 1.0,
        "duration": 1.9,
        "spans": 2,
    }
    assert backends.asked[0]["service"] == "laptops"
    assert backends.asked[0]["tags"] == '{"error": "true"}'


def ask_jaeger(search: dict[str, object]) -> Target:

    return replace(TARGET, source="jaeger", search=search)
