"""Who is speaking: the attributes that every span, sample and log line of a process shares."""

import uuid
from importlib.metadata import PackageNotFoundError, version

from threesignals import names
from threesignals._settings import Settings


def resource_attributes(settings: Settings) -> dict[str, str]:
    """Return the resource; `OTEL_RESOURCE_ATTRIBUTES` wins, save over the service's name."""
    return {
        **_service_version(settings.distribution or settings.service_name),
        names.SERVICE_INSTANCE_ID: str(uuid.uuid4()),
        names.TELEMETRY_SDK_LANGUAGE: "python",
        names.TELEMETRY_SDK_NAME: "opentelemetry",
        names.TELEMETRY_SDK_VERSION: version("opentelemetry-api"),
        **settings.resource_attributes,
        names.SERVICE_NAME: settings.service_name,
    }


def _service_version(distribution: str) -> dict[str, str]:
    """Find the version of the distribution that the service is; nothing when it is none."""
    try:
        return {names.SERVICE_VERSION: version(distribution)}
    except (PackageNotFoundError, ValueError):
        return {}
