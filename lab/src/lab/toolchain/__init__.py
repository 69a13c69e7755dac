"""Every program the stack needs: found on PATH, found in the cache, or built into it."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from lab.toolchain.components import BUILT, TRAEFIK, Component
from lab.toolchain.golang import require_go
from lab.toolchain.locate import on_path, traefik
from lab.toolchain.progress import show
from lab.toolchain.store import build_into_cache, cached

__all__ = ["find", "provide", "provide_all"]


def find(component: Component) -> Path | None:
    """Return the component's program if it is here already; build nothing."""
    return on_path(component) or cached(component)


def provide(component: Component, console: Console) -> Path:
    """Return the component's program, built now if need be. Raises LabError."""
    if found := find(component):
        return found
    require_go(component)
    with show(component, console) as progress:
        return build_into_cache(component, progress)


def provide_all(console: Console, components: Iterable[Component] = BUILT) -> dict[str, Path]:
    """Return all programs of the stack by name, Traefik among them."""
    programs = {TRAEFIK: traefik()}
    programs.update((component.name, provide(component, console)) for component in components)
    return programs
