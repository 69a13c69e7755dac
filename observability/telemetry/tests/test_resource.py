"""A process says who it is: what it was told, and nothing of its own making."""

from importlib.metadata import version

from threesignals import Settings
from threesignals._resource import resource_attributes


def resource(name: str = "shop", distribution: str = "", **environ: str) -> dict[str, str]:
    return resource_attributes(Settings.from_env(name, environ, distribution=distribution))


def test_what_nobody_gave_is_absent() -> None:
    assert resource().keys() == {
        "service.name",
        "service.instance.id",
        "telemetry.sdk.language",
        "telemetry.sdk.name",
        "telemetry.sdk.version",
    }


def test_the_namespace_is_the_environments() -> None:
    told = resource(OTEL_RESOURCE_ATTRIBUTES="service.namespace=market")
    assert told["service.namespace"] == "market"


def test_the_version_is_that_of_the_distribution_named_or_of_the_one_named_like_the_service() -> (
    None
):
    assert resource("flask")["service.version"] == version("flask")
    assert resource("shop", "structlog")["service.version"] == version("structlog")


def test_a_version_that_is_given_wins() -> None:
    told = resource("flask", OTEL_RESOURCE_ATTRIBUTES="service.version=7")
    assert told["service.version"] == "7"


def test_a_title_that_is_no_distribution_s_name_has_no_version() -> None:
    assert "service.version" not in resource("My shop: the API!")
    assert "service.version" not in resource("")
