from tests.lab.experiments.spike.jaeger_trace import trace

from lab.experiments.spike.waterfall import waterfall


def test_spans_stand_under_their_parents_in_the_order_of_time() -> None:
    bars = [(bar.depth, bar.service, bar.name) for bar in waterfall(trace())]
    assert bars == [
        (0, "gateway", "laptops"),
        (1, "gateway", "ReverseProxy"),
        (2, "laptops", "GET /laptops"),
        (3, "laptops", "SELECT laptops"),
    ]


def test_times_are_milliseconds_after_the_trace_began() -> None:
    server = waterfall(trace())[2]
    assert (server.start_ms, server.duration_ms, server.end_ms) == (1015, 115, 1130)


def test_a_span_keeps_the_attributes_that_explain_it() -> None:
    assert waterfall(trace())[3].attributes == {"db.system.name": "sqlite"}


def test_an_error_is_seen() -> None:
    assert [bar.error for bar in waterfall(trace(error=True))] == [False, False, True, False]


def test_no_trace_has_no_bars() -> None:
    assert waterfall(None) == []
