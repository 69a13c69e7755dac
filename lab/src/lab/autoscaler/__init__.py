"""The lab's autoscaler: KEDA's policy files, the HPA algorithm, and the hands that carry it out."""

from lab.autoscaler.settings import Settings

__all__ = ["Settings", "run"]


def run(settings: Settings) -> None:
    """Scale until SIGTERM or SIGINT; see `lab.autoscaler.service.run`."""
    # Here and not above: only the process itself needs OpenTelemetry and the supervisor's client.
    from lab.autoscaler import service  # noqa: PLC0415

    service.run(settings)
