"""The template of the route that FastAPI chose, read from an ASGI scope after routing."""

from starlette.types import Scope


def route_of(scope: Scope) -> str | None:
    """Return the whole template, with the prefix of a mounted application; None if unmatched."""
    route = scope.get("route")
    if route is None:
        return _plain_route(scope) if "endpoint" in scope else None
    # An included router's route knows its own path only; the context of its inclusion knows all.
    context = scope.get("fastapi", {}).get("effective_route_context")
    included = context is not None and context.original_route is route
    path: str = context.path_format if included else route.path_format
    return f"{prefix}{path}" if (prefix := scope.get("root_path")) else path


def _plain_route(scope: Scope) -> str | None:
    """Find a Starlette route or a mounted file tree, which FastAPI does not put into the scope."""
    endpoint = scope["endpoint"]
    for route in scope["app"].routes:
        if getattr(route, "endpoint", None) is endpoint:
            return f"{scope.get('root_path', '')}{route.path_format}"
        if getattr(route, "app", None) is endpoint and endpoint is not scope["app"]:
            return f"{scope.get('root_path', '')}/{{path}}"
    return None
