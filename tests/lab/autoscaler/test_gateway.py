"""What the gateway is told, and how it says that it has taken it up."""

from pathlib import Path

import httpx
import pytest
import yaml

from lab.autoscaler.gateway import Gateway, routes


def test_each_service_has_its_entry_point_its_api_and_its_description() -> None:
    router = routes({"laptops": ["http://127.0.0.1:15000"]})["http"]["routers"]["laptops"]
    assert router["entryPoints"] == ["laptops"]
    assert router["rule"] == (
        "Path(`/laptops`) || Path(`/openapi.json`) || Path(`/docs`)"
        " || PathPrefix(`/laptops/`) || PathPrefix(`/docs/`)"
    )


@pytest.mark.parametrize("private", ["/metrics", "/healthz", "/readyz", "/api"])
def test_nothing_private_is_routed(private: str) -> None:
    routers = routes({"laptops": [], "port": []})["http"]["routers"]
    public = [router for router in routers.values() if router["entryPoints"] != ["internal"]]
    assert not any(f"`{private}" in router["rule"] for router in public)


def test_every_replica_is_a_server_that_is_probed() -> None:
    urls = ["http://127.0.0.1:15000", "http://127.0.0.1:15001"]
    balancer = routes({"laptops": urls})["http"]["services"]["laptops"]["loadBalancer"]
    assert [server["url"] for server in balancer["servers"]] == urls
    assert balancer["healthCheck"]["path"] == "/readyz"
    assert balancer["healthCheck"]["interval"] == "1s"


def test_a_slow_probe_is_no_death() -> None:
    balancer = routes({"laptops": []})["http"]["services"]["laptops"]["loadBalancer"]
    assert balancer["healthCheck"]["timeout"] == "5s"


def answering(response: httpx.Response, file: Path = Path("unused")) -> Gateway:
    def serve(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/http/services/laptops@file"
        return response

    transport = httpx.MockTransport(serve)
    return Gateway(file, httpx.Client(base_url="http://gateway", transport=transport))


def test_the_file_changes_only_when_the_routes_do(tmp_path: Path) -> None:
    gateway = answering(httpx.Response(500), tmp_path / "gateway" / "routes.yaml")
    assert gateway.write({"port": ["http://127.0.0.1:15100"]})
    assert not gateway.write({"port": ["http://127.0.0.1:15100"]})
    assert gateway.write({"port": []})
    written = yaml.safe_load((tmp_path / "gateway" / "routes.yaml").read_text())
    assert written == routes({"port": []})


def test_an_unfinished_file_is_never_left_behind(tmp_path: Path) -> None:
    answering(httpx.Response(500), tmp_path / "routes.yaml").write({"port": []})
    assert [path.name for path in tmp_path.iterdir()] == ["routes.yaml"]


def test_the_gateway_says_where_it_sends_requests() -> None:
    body = {"loadBalancer": {"servers": [{"url": "http://a"}, {"url": "http://b"}]}}
    assert answering(httpx.Response(200, json=body)).servers("laptops") == {"http://a", "http://b"}


@pytest.mark.parametrize(
    "response", [httpx.Response(404), httpx.Response(200, json={"loadBalancer": {}})]
)
def test_a_service_without_servers_gets_no_requests(response: httpx.Response) -> None:
    assert answering(response).servers("laptops") == set()


def test_a_gateway_in_trouble_says_nothing() -> None:
    with pytest.raises(httpx.HTTPStatusError):
        answering(httpx.Response(500)).servers("laptops")
