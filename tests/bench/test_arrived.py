"""What the benchmark calls lost, twice and apart, for each way that spans and lines can differ."""

import json
from pathlib import Path

import pytest
from bench.arrived import Arrived, compare, lines_of

NOTHING_WRONG = Arrived(0, 0, 0, 0, 0, 0)


def test_each_request_with_its_span_and_its_line_is_nothing_wrong() -> None:
    assert compare(2, ["a:1", "b:2"], ["b:2", "a:1"], {"a:1"}) == NOTHING_WRONG


@pytest.mark.parametrize(
    ("spans", "lines", "answers", "wrong"),
    [
        (["a:1"], ["a:1", "b:2"], set(), {"spans_lost": 1, "lines_without_span": 1}),
        (["a:1", "b:2", "b:2"], ["a:1", "b:2"], set(), {"spans_twice": 1}),
        (["a:1", "b:2"], ["a:1"], set(), {"lines_lost": 1}),
        (["a:1", "b:2"], ["a:1", "a:1", "b:2"], set(), {"lines_twice": 1}),
        (["a:1", "b:2"], ["a:1", "b:3"], set(), {"lines_without_span": 1}),
        (["a:1", "b:2"], ["a:1", "b:2"], {"c:3"}, {"answers_without_span": 1}),
        (["a:1", "b:2", "c:3"], ["a:1", "b:2", "c:3"], set(), {"spans_lost": -1, "lines_lost": -1}),
    ],
)
def test_every_difference_is_named(
    spans: list[str], lines: list[str], answers: set[str], wrong: dict[str, int]
) -> None:
    told = compare(2, spans, lines, answers)
    assert {name: count for name, count in vars(told).items() if count} == wrong


def test_a_loss_is_not_hidden_by_what_came_twice() -> None:
    told = compare(2, ["a:1", "a:1"], ["a:1", "a:1"], set())
    assert (told.spans_lost, told.spans_twice) == (1, 1)


def test_what_a_variant_does_not_send_is_not_compared() -> None:
    assert compare(2, None, None, set()) == Arrived()
    told = compare(1, ["a:1"], None, set())
    assert (told.lines_lost, told.answers_without_span) == (None, None)


def test_lines_of_standard_output_are_read_by_their_ids(tmp_path: Path) -> None:
    output = tmp_path / "output"
    line = json.dumps({"event": "request", "trace_id": "a", "span_id": "1"})
    output.write_text(f"{line}\nno JSON\n{json.dumps({'event': 'started'})}\n")
    assert lines_of(output) == ["a:1"]
