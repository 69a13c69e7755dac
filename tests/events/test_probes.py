import httpx
from prometheus_client import CollectorRegistry, Counter

from events.probes import serve


def test_a_worker_answers_what_a_service_answers() -> None:
    registry = CollectorRegistry()
    Counter("messages", "Messages.", registry=registry).inc()
    ready = [False]
    with (
        serve("127.0.0.1", 0, registry, lambda: ready[0]) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        ready[0] = True
        assert client.get("/readyz").status_code == 200
        assert "messages_total 1.0" in client.get("/metrics").text
        assert client.get("/laptops").status_code == 404
