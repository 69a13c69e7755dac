"""What exists elsewhere in the repository is read from there, and nowhere written again."""

import hashlib
from pathlib import Path

import pytest
import yaml
from tests.k8s import rendering

OBSERVABILITY = rendering.ROOT / "observability"


def data(name: str, folder: str = "overlays/local") -> dict[str, str]:
    """Return what a generated ConfigMap holds; kustomize appends a digest to its name."""
    maps = rendering.of_kind(folder, "ConfigMap")
    (found,) = [m["data"] for key, m in maps.items() if key.rpartition("-")[0] == name]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("otel-collector", "otel-collector/collector.yaml"),
        ("jaeger", "jaeger/jaeger.yaml"),
        ("prometheus", "prometheus/prometheus.yaml"),
        ("grafana", "grafana/grafana.ini"),
    ],
)
def test_a_configuration_is_the_labs_own(name: str, path: str) -> None:
    source = OBSERVABILITY / path
    assert data(name)[source.name] == source.read_text()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("prometheus-rules", "prometheus/rules"),
        ("grafana-dashboards", "grafana/dashboards/laptop-lab"),
        ("grafana-runbooks", "grafana/dashboards/runbooks"),
        ("grafana-datasources", "grafana/provisioning/datasources"),
        ("grafana-providers", "grafana/provisioning/dashboards"),
    ],
)
def test_a_folder_reaches_the_cluster_whole(name: str, folder: str) -> None:
    files = {path.name: path.read_text() for path in (OBSERVABILITY / folder).iterdir()}
    assert data(name) == files


def test_no_file_in_k8s_or_compose_repeats_one_from_elsewhere() -> None:
    copies = [*files_in("k8s"), *files_in("compose")]
    originals = {digest(path) for path in (*files_in("observability"), *files_in("lab/src"))}
    assert [path for path in copies if digest(path) in originals] == []


def files_in(folder: str) -> list[Path]:
    found = (rendering.ROOT / folder).rglob("*")
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().strip()).hexdigest()


def production(name: str) -> rendering.Object:
    found: rendering.Object = yaml.safe_load(
        (rendering.K8S / "overlays/production" / name).read_text()
    )
    return found


def test_what_production_lays_over_a_configuration_changes_what_it_means_to() -> None:
    base = yaml.safe_load((OBSERVABILITY / "otel-collector/collector.yaml").read_text())
    over = yaml.safe_load(
        (rendering.K8S / "overlays/production/otel-gateway-many.yaml").read_text()
    )
    assert base["connectors"]["span_metrics"]["exclude_dimensions"] == ["collector.instance.id"]
    assert over == {"connectors": {"span_metrics": {"exclude_dimensions": []}}}


def test_the_balancing_agent_replaces_every_exporter_of_the_agent() -> None:
    folder = rendering.K8S / "components/observability/otel-agent"
    agent = yaml.safe_load((folder / "agent.yaml").read_text())
    over = production("otel-agent-balanced.yaml")
    pipelines = over["service"]["pipelines"]
    assert set(pipelines) == set(agent["service"]["pipelines"])
    for pipeline in pipelines.values():
        assert pipeline == {"exporters": ["loadbalancing"]}
    headless = rendering.of_kind("overlays/production", "Service")["otel-gateway-headless"]
    assert headless["spec"]["clusterIP"] == "None"
    resolver = over["exporters"]["loadbalancing"]["resolver"]["dns"]["hostname"]
    assert resolver == headless["metadata"]["name"]


def test_prometheus_configuration_can_take_remote_write_at_its_end() -> None:
    base = yaml.safe_load((OBSERVABILITY / "prometheus/prometheus.yaml").read_text())
    over = production("prometheus-remote-write.yaml")
    assert set(over) == {"remote_write"}
    assert not set(base) & set(over)
