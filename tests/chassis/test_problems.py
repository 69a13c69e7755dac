from http import HTTPStatus

import pytest

from chassis.problems import Kind, http_problem, invalid_problem, problem, problem_responses


def test_a_kind_of_problem_has_a_name_that_clients_may_branch_on() -> None:
    kind = Kind(HTTPStatus.CONFLICT, "taken", "The id is in use")

    assert problem(kind, "There is a laptop with id 3 already.") == {
        "type": "urn:laptop-lab:problem:taken",
        "title": "The id is in use",
        "status": 409,
        "detail": "There is a laptop with id 3 already.",
    }


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 500, 418])
def test_an_error_of_http_itself_says_no_more_than_its_status(status: int) -> None:
    body = http_problem(status)

    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"] == HTTPStatus(status).phrase
    assert body["detail"].endswith(".")


def test_a_refused_request_points_at_what_has_to_change() -> None:
    body = invalid_problem(
        [("body", ("ports", 0), "too small"), ("query", ("limit",), "no number")]
    )

    assert body["errors"] == [
        {"pointer": "#/ports/0", "detail": "too small"},
        {"parameter": "limit", "detail": "no number"},
    ]


def test_a_body_that_is_wrong_as_a_whole_is_pointed_at_as_a_whole() -> None:
    assert invalid_problem([("body", (), "no object")])["errors"][0]["pointer"] == "#"


def test_the_document_describes_each_problem_with_its_media_type() -> None:
    assert list(problem_responses(404)[404]["content"]) == ["application/problem+json"]
