"""How a gateway that reads Consul's catalogue routes a service: the tags of its entries."""


def tags(service: str) -> tuple[str, ...]:
    """Return Traefik's tags: an entry point of the service's name leads to its API, and no further.

    Probes and metrics stay inside.
    """
    exact = [f"/{service}", "/openapi.json", "/docs"]
    below = [f"/{service}/", "/docs/"]
    rules = [f"Path(`{path}`)" for path in exact] + [f"PathPrefix(`{path}`)" for path in below]
    router = f"traefik.http.routers.{service}"
    return (
        "traefik.enable=true",
        f"{router}.entrypoints={service}",
        f"{router}.rule={' || '.join(rules)}",
    )
