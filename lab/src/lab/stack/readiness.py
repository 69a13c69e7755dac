"""Wait until a starting stack is ready, and say plainly why when it is not."""

from collections.abc import Callable, Collection
from pathlib import Path

import httpx

from lab.errors import LabError
from lab.facts import SERVICES
from lab.processes.layout import Layout
from lab.processes.supervisor import State, Supervisor
from lab.stack.processes import GATEWAY
from lab.waiting import wait_until

Report = Callable[[str], None]
Routed = Callable[[str], bool]


def wait(
    supervisor: Supervisor,
    layout: Layout,
    report: Report,
    *,
    routed: Routed,
    seconds: float = 90,
) -> None:
    """Return when every enabled process is ready and each of SERVICES can be reached.

    `report` gets what is still awaited, whenever that changes. `routed` returns whether the gateway
    sends requests to a service. Raises LabError when a process dies or time is up.
    """
    missing: list[str] = []

    def ready() -> bool:
        nonlocal missing
        before, missing = missing, _missing(supervisor, layout) or _unreached(routed)
        if missing and missing != before:
            report(f"waiting for {', '.join(missing)}")
        return not missing

    if not wait_until(ready, seconds=seconds, every=0.2):
        raise LabError(_too_late(missing, layout, seconds))


def routed_by(gateway: str, provider: str = "file") -> Routed:
    """Ask the gateway at this internal address whether it holds a replica of a service healthy.

    `provider` is from where the gateway has its routes: `file` or `consulcatalog`.
    """

    def routed(service: str) -> bool:
        try:
            answer = httpx.get(f"{gateway}/api/http/services/{service}@{provider}", timeout=2)
        except httpx.HTTPError:
            return False
        return answer.is_success and "UP" in answer.json().get("serverStatus", {}).values()

    return routed


def tail(log: Path, lines: int = 6) -> str:
    """Return the last lines of a log, indented; empty when there is none."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "".join(f"\n  {line}" for line in text.splitlines()[-lines:])


def _missing(supervisor: Supervisor, layout: Layout) -> list[str]:
    try:
        states = supervisor.states().values()
    except httpx.HTTPError:
        raise LabError("The supervisor died." + tail(layout.log("supervisor-output"))) from None
    _require_alive(states, layout)
    return sorted(s.name for s in states if s.status != "Disabled" and not s.ready)


def _unreached(routed: Routed) -> list[str]:
    """Name the gateway while it has not seen for itself that the replicas are ready."""
    return [GATEWAY] if not all(routed(service) for service in SERVICES) else []


def _require_alive(states: Collection[State], layout: Layout) -> None:
    for state in states:
        if state.status != "Disabled" and state.ended:
            log = layout.log(state.name)
            raise LabError(
                f"{state.name} ended while the stack was starting, with exit code "
                f"{state.exit_code}. The end of its log, {log}:{tail(log)}"
            )


def _too_late(missing: list[str], layout: Layout, seconds: float) -> str:
    ends = "".join(f"\n{name}:{tail(layout.log(name))}" for name in missing)
    return f"Not ready after {seconds:g} s: {', '.join(missing)}. The ends of their logs:{ends}"
