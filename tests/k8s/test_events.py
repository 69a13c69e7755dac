"""RabbitMQ and the workers on a cluster: what the component adds, and what it leaves alone."""

import pytest
import yaml
from tests.k8s import rendering

FOLDER = "overlays/local-events"
WORKERS = ("laptops-worker", "port-worker")


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_is_its_services_image_on_its_services_store(worker: str) -> None:
    service = worker.removesuffix("-worker")
    workloads = rendering.workloads(FOLDER)
    own, other = workloads[worker], workloads[f"{service}-service"]
    image = rendering.pod(own)["containers"][0]["image"]
    assert image == rendering.pod(other)["containers"][0]["image"]
    for name in ("DATABASE_URL", "AMQP_URL"):
        assert rendering.environment(own)[name] == rendering.environment(other)[name]


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_is_scaled_by_the_policy_that_the_lab_follows(worker: str) -> None:
    scaled = rendering.of_kind(FOLDER, "ScaledObject")[worker]
    file = rendering.K8S / "components/rabbitmq/scaling" / f"{worker}-scaledobject.yaml"
    assert scaled["spec"] == yaml.safe_load(file.read_text())["spec"]
    assert scaled["spec"]["scaleTargetRef"]["name"] in rendering.workloads(FOLDER)


def test_the_broker_reads_the_configuration_of_the_lab() -> None:
    (data,) = (
        each["data"]
        for name, each in rendering.of_kind(FOLDER, "ConfigMap").items()
        if name.startswith("rabbitmq")
    )
    source = rendering.ROOT / "observability" / "rabbitmq"
    assert data == {
        name: (source / name).read_text() for name in ("rabbitmq.conf", "enabled_plugins")
    }


def test_without_the_component_no_service_records_events() -> None:
    for name in ("laptops-service", "port-service"):
        plain = rendering.workloads("overlays/local-keda")[name]
        assert "AMQP_URL" not in rendering.environment(plain)


def test_only_workers_and_prometheus_reach_the_broker() -> None:
    policy = rendering.of_kind(FOLDER, "NetworkPolicy")["rabbitmq"]
    allowed = {
        (peer["podSelector"]["matchLabels"]["app"], rule["ports"][0]["port"])
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
    }
    assert allowed == {
        ("laptops-worker", "amqp"),
        ("port-worker", "amqp"),
        ("prometheus", "metrics"),
    }


def test_the_broker_may_write_where_it_may_on_docker() -> None:
    (container,) = rendering.pod(rendering.workloads(FOLDER)["rabbitmq"])["containers"]
    writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
    docker = yaml.safe_load((rendering.ROOT / "compose.yaml").read_text())["services"]["rabbitmq"]
    volumes = {v.split(":")[1] for v in docker["volumes"] if not v.endswith(":ro")}
    assert writable == volumes | {each.split(":")[0] for each in docker["tmpfs"]}
