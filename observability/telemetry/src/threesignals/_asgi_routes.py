"""The template of the route that FastAPI chose, read from an ASGI scope after routing."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

# What stands for the path below a mounted application that is no router, such as a tree of files.
_BELOW = "/{path}"


def route_of(scope: Scope) -> str | None:
    """Return the whole template, with the prefix of a mounted application; None if unmatched.

    `scope` is the one that the routes got: a middleware in between may hand on a copy. Routes of
    another make may do anything; what they raise must not cost the request its answer.
    """
    try:
        return _whole(scope)
    except Exception:
        return None


def _whole(scope: Scope) -> str | None:
    endpoint, route = scope.get("endpoint"), scope.get("route")
    if endpoint is None:
        return None
    # An included router's route knows its own path only; the context of its inclusion knows all.
    context = scope["fastapi"].get("effective_route_context") if "fastapi" in scope else None
    if route is not None and getattr(route, "endpoint", None) is endpoint:
        included = context is not None and context.original_route is route
        path: str | None = _template(context if included else route)
    else:
        path = _included(context, endpoint) or _searched(scope)
    return f"{prefix}{path}" if path and (prefix := scope.get("root_path")) else path


def _included(context: Any, endpoint: object) -> str | None:  # noqa: ANN401 (FastAPI's)
    """Read a Starlette route that was included with a router."""
    route = getattr(context, "starlette_route", None)
    return _template(route) if _leads_to(route, endpoint) else None


def _searched(scope: Scope) -> str | None:
    """Find a Starlette route, which FastAPI does not put into the scope."""
    endpoint, app = scope["endpoint"], scope["app"]
    found = [route for route in _flat(app.routes) if _leads_to(route, endpoint)]
    for route in found:
        if route.matches(scope)[0] is not Match.NONE:
            return _template(route)
    if found:
        return _template(found[0])
    return None if endpoint is app else _BELOW


def _flat(routes: Sequence[BaseRoute]) -> Iterator[Any]:
    """All routes, also those of included routers, and of mounts that are no other application."""
    for context in iter_route_contexts(routes):
        route = getattr(context, "starlette_route", None) or context.original_route
        yield route
        if not hasattr(getattr(route, "app", None), "build_middleware_stack"):
            yield from _flat(getattr(route, "routes", None) or ())


def _leads_to(route: Any, endpoint: object) -> bool:  # noqa: ANN401 (any kind of route)
    return getattr(route, "endpoint", None) is endpoint


def _template(route: Any) -> str:  # noqa: ANN401 (any kind of route)
    path: str = route.path_format
    return path
