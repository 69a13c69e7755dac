"""The ids that an answer names, and a percentile of what was late."""

from bench.load import Answer, ids_of, p99


def test_an_answer_names_its_trace_and_its_span() -> None:
    head = b"http/1.1 200 ok\r\ntraceresponse: 00-" + b"a" * 32 + b"-" + b"1" * 16 + b"-03\r\n\r\n"
    assert ids_of(head) == f"{'a' * 32}:{'1' * 16}"


def test_an_answer_without_the_header_names_nothing() -> None:
    assert ids_of(b"http/1.1 200 ok\r\n\r\n") is None


def test_one_late_answer_in_fifty_is_in_the_99th_percentile() -> None:
    answers = [Answer(0.001, None)] * 98 + [Answer(1.0, None)] * 2
    assert p99(answers) > 0.9
