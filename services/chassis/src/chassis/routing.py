"""How a gateway that reads Consul's catalogue routes a service: the tags of its entries."""

PRIORITY = 1000
"""Above what a rule's length gives, which is Traefik's default."""


def tags(service: str) -> tuple[str, ...]:
    """Return Traefik's tags: an entry point of the service's name leads to its API, and no further.

    Probes and metrics stay inside. What the gateway knows from elsewhere comes second. A request is
    tried again on another replica when none of it was sent; a read also when its replica died.
    """
    exact = [f"/{service}", "/openapi.json", "/docs"]
    below = [f"/{service}/", "/docs/"]
    rules = [f"Path(`{path}`)" for path in exact] + [f"PathPrefix(`{path}`)" for path in below]
    rule = " || ".join(rules)
    reads = f"({rule}) && (Method(`GET`) || Method(`HEAD`))"
    retry = "traefik.http.middlewares.{}.retry.{}={}".format
    return (
        "traefik.enable=true",
        retry("unsent-again", "attempts", 10),
        retry("unsent-again", "initialinterval", "100ms"),
        retry("reads-again", "attempts", 10),
        retry("reads-again", "initialinterval", "100ms"),
        retry("reads-again", "status", 502),
        retry("reads-again", "maxrequestbodybytes", 1024),
        *_router(service, service, rule, "unsent-again", PRIORITY),
        *_router(service, f"{service}-reads", reads, "reads-again", PRIORITY + 1),
    )


def _router(service: str, name: str, rule: str, again: str, priority: int) -> tuple[str, ...]:
    router = f"traefik.http.routers.{name}"
    return (
        f"{router}.entrypoints={service}",
        f"{router}.rule={rule}",
        f"{router}.priority={priority}",
        f"{router}.service={service}",
        f"{router}.middlewares={again}",
    )
