"""Errors on the wire: problem details (RFC 9457), with nothing in them that the client can't use.

Each service has one table from its domain's errors to a `Kind`; the table of the web framework's
own errors is here, since HTTP gives their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
DETAILS: Mapping[int, str] = {
    400: "The body is not valid JSON.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; the Allow header lists those it takes.",
    408: "The request was not complete in time.",
    413: "The body is too large.",
    415: "The body has to be JSON, and say so: Content-Type: application/json.",
    431: "The head of the request is too large.",
    500: "The service failed to answer. Nothing is wrong with the request.",
}


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its status, and a name that clients may branch on.

    Without a `detail` the error's own text is told: right for errors of the domain, which are
    written for clients, and wrong for all others.
    """

    status: HTTPStatus
    name: str
    title: str
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Problem(BaseModel):
    """The body of an error, as the API's document describes it."""

    type: str = Field(description="Names the kind of problem; about:blank says no more than status")
    title: str
    status: int
    detail: str | None = None
    errors: list[dict[str, str]] | None = Field(
        None, description="For a refused request: what to change, and where"
    )


def known_problem(kind: Kind, error: Exception) -> dict[str, Any]:
    """Build the body for an error in a service's table."""
    return problem(kind, kind.detail or str(error))


def problem(kind: Kind, detail: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    """Build the body for a kind of problem; `members` are its extension members."""
    return {
        "type": f"urn:laptop-lab:problem:{kind.name}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": detail,
        **members,
    }


def http_problem(status: int) -> dict[str, Any]:
    """Build the body for an error that is fully told by its HTTP status.

    The frameworks' own texts stay out: they differ, and some repeat what the client sent.
    """
    phrase = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": phrase,
        "status": int(status),
        "detail": DETAILS.get(status, f"{phrase}."),
    }


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe answers with these statuses in an OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {s: {"description": HTTPStatus(s).phrase, "content": content} for s in statuses}


INVALID = Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "The request is not valid")
STORE_UNAVAILABLE = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "store-unavailable",
    "The store cannot be reached",
    "The service can't reach its store now. Nothing is wrong with the request.",
    headers={"Retry-After": "2"},
)


def invalid_problem(errors: Sequence[tuple[str, Sequence[object], str]]) -> dict[str, Any]:
    """Build the 422 body. An error is its place (`body`, `query`, `path`), path there, and text."""
    return problem(
        INVALID,
        "Something in the request has to change; see errors.",
        errors=[
            {**_where(place, path), "detail": detail.removeprefix("Value error, ")}
            for place, path, detail in errors
        ],
    )


def _where(place: str, path: Sequence[object]) -> dict[str, str]:
    """Point into the body (a JSON pointer) or name the parameter."""
    if place == "body":
        return {"pointer": "#" + "".join(f"/{part}" for part in path)}
    return {"parameter": str(path[0]) if path else place}
