"""Who is speaking: the attributes that every span, sample and log line of a process shares."""

import uuid
from importlib.metadata import PackageNotFoundError, version

from threesignals import names
from threesignals._settings import Settings

NAMESPACE = "laptop-lab"


def resource_attributes(settings: Settings) -> dict[str, str]:
    """Return the resource; `OTEL_RESOURCE_ATTRIBUTES` wins, save over the service's name."""
    return {
        names.SERVICE_NAMESPACE: NAMESPACE,
        names.SERVICE_VERSION: _installed_version(settings.service_name),
        names.SERVICE_INSTANCE_ID: str(uuid.uuid4()),
        names.TELEMETRY_SDK_LANGUAGE: "python",
        names.TELEMETRY_SDK_NAME: "opentelemetry",
        names.TELEMETRY_SDK_VERSION: version("opentelemetry-api"),
        **settings.resource_attributes,
        names.SERVICE_NAME: settings.service_name,
    }


def _installed_version(service_name: str) -> str:
    """Find the version of the distribution that a service is, under its own or the lab's name."""
    for distribution in (f"laptop-lab-{service_name}", service_name):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return "0.0.0"
