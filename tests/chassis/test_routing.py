import pytest

from chassis.routing import PRIORITY, tags
from lab.autoscaler.gateway import MIDDLEWARES, routes


@pytest.mark.parametrize("service", ["laptops", "port"])
@pytest.mark.parametrize("suffix", ["", "-reads"])
def test_consul_and_the_autoscaler_route_a_service_alike(service: str, suffix: str) -> None:
    router = routes({service: []})["http"]["routers"][f"{service}{suffix}"]
    prefix = f"traefik.http.routers.{service}{suffix}"

    assert len(router["rule"]) < PRIORITY
    assert {
        f"{prefix}.entrypoints={router['entryPoints'][0]}",
        f"{prefix}.rule={router['rule']}",
        f"{prefix}.service={router['service']}",
        f"{prefix}.middlewares={router['middlewares'][-1]}",
    } <= set(tags(service))


@pytest.mark.parametrize("name", ["unsent-again", "reads-again"])
def test_consul_and_the_autoscaler_try_again_alike(name: str) -> None:
    prefix = f"traefik.http.middlewares.{name}.retry."
    told = {tag.removeprefix(prefix) for tag in tags("port") if tag.startswith(prefix)}

    retry = MIDDLEWARES[name]["retry"]
    values = {k: v[0] if isinstance(v, list) else v for k, v in retry.items()}
    assert told == {f"{key.lower()}={value}" for key, value in values.items()}
