"""How a gateway that reads Consul's catalogue routes a service: the tags of its entries."""

PRIORITY = 1000
"""Above what a rule's length gives, which is Traefik's default."""


def tags(service: str) -> tuple[str, ...]:
    """Return Traefik's tags: an entry point of the service's name leads to its API, and no further.

    Probes and metrics stay inside. What the gateway knows from elsewhere comes second.
    """
    exact = [f"/{service}", "/openapi.json", "/docs"]
    below = [f"/{service}/", "/docs/"]
    rules = [f"Path(`{path}`)" for path in exact] + [f"PathPrefix(`{path}`)" for path in below]
    router = f"traefik.http.routers.{service}"
    return (
        "traefik.enable=true",
        f"{router}.entrypoints={service}",
        f"{router}.rule={' || '.join(rules)}",
        f"{router}.priority={PRIORITY}",
    )
