from chassis.routing import PRIORITY, tags
from lab.autoscaler.gateway import routes


def test_consul_and_the_autoscaler_route_a_service_alike() -> None:
    for service in ("laptops", "port"):
        router = routes({service: []})["http"]["routers"][service]
        prefix = f"traefik.http.routers.{service}"
        assert len(router["rule"]) < PRIORITY
        assert tags(service) == (
            "traefik.enable=true",
            f"{prefix}.entrypoints={router['entryPoints'][0]}",
            f"{prefix}.rule={router['rule']}",
            f"{prefix}.priority={PRIORITY}",
        )
