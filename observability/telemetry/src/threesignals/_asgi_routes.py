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

    `scope` is the one that the routes got: a middleware in between may hand on a copy.
    """
    if "endpoint" not in scope:
        return None
    path = _selected(scope) or _searched(scope)
    if path is None:
        return None
    return f"{prefix}{path}" if (prefix := scope.get("root_path")) else path


def _selected(scope: Scope) -> str | None:
    """Read the route from the scope, where FastAPI and Starlette leave it; some they do not."""
    endpoint, route = scope["endpoint"], scope.get("route")
    # An included router's route knows its own path only; the context of its inclusion knows all.
    context = scope.get("fastapi", {}).get("effective_route_context")
    if route is not None and getattr(route, "endpoint", None) is endpoint:
        included = context is not None and context.original_route is route
        return _template(context if included else route)
    included_route = getattr(context, "starlette_route", None)
    return _template(included_route) if _leads_to(included_route, endpoint) else None


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
