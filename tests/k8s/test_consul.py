"""Consul on a cluster: what the component adds, and what it leaves alone."""

import json

import pytest
from tests.compose.standins.versions import versions
from tests.k8s import rendering

FOLDER = "overlays/local-consul"
BOTH_OPTIONS = "../tests/k8s/overlays/options"
SERVICES = ("laptops-service", "port-service")
WORKERS = ("laptops-worker", "port-worker")


def secret(folder: str = FOLDER) -> rendering.Object:
    secrets = rendering.of_kind(folder, "Secret").items()
    (found,) = [each for name, each in secrets if name.startswith("consul")]
    return found


@pytest.mark.parametrize("name", [*SERVICES, *WORKERS])
def test_services_and_workers_follow_consul_with_the_token_from_its_secret(name: str) -> None:
    workload = rendering.workloads(BOTH_OPTIONS)[name]
    environment, pod = rendering.environment(workload), rendering.pod(workload)
    service = rendering.of_kind(BOTH_OPTIONS, "Service")["consul"]
    (port,) = service["spec"]["ports"]
    assert environment["CONSUL_HTTP_ADDR"] == f"http://consul:{port['port']}"
    folder, _, file = environment["CONSUL_HTTP_TOKEN_FILE"].rpartition("/")
    (mount,) = [m for m in pod["containers"][0]["volumeMounts"] if m["mountPath"] == folder]
    (volume,) = [v for v in pod["volumes"] if v["name"] == mount["name"]]
    assert volume["secret"]["secretName"] == secret(BOTH_OPTIONS)["metadata"]["name"]
    assert volume["secret"]["items"] == [{"key": "token", "path": file}]


def test_without_the_component_nobody_asks_for_consul() -> None:
    for workload in rendering.workloads("overlays/local-events").values():
        assert not any(name.startswith("CONSUL") for name in rendering.environment(workload))


def test_the_token_is_in_the_secret_and_in_no_workload() -> None:
    (token,) = {v for k, v in rendering.decoded(secret()).items() if k == "token"}
    assert token not in json.dumps(list(rendering.workloads(FOLDER).values()))


def test_the_server_lets_the_services_in_and_nobody_without_a_token() -> None:
    values = rendering.decoded(secret())
    acl = json.loads(values["acl.json"])["acl"]
    assert (acl["enabled"], acl["default_policy"]) == (True, "deny")
    assert acl["tokens"]["initial_management"] == values["token"]


def test_the_server_reads_the_configuration_of_the_lab() -> None:
    maps = rendering.of_kind(FOLDER, "ConfigMap").items()
    (data,) = [each["data"] for name, each in maps if name.startswith("consul")]
    source = rendering.ROOT / "observability/consul/consul.json"
    assert data == {"consul.json": source.read_text()}


def test_the_image_is_the_one_on_docker() -> None:
    (container,) = rendering.pod(rendering.workloads(FOLDER)["consul"])["containers"]
    assert container["image"] == f"hashicorp/consul:{versions()['CONSUL_VERSION']}"


def test_only_those_who_follow_it_reach_consul_and_it_reaches_only_those_it_checks() -> None:
    policies = rendering.of_kind(FOLDER, "NetworkPolicy")
    spec = policies["consul"]["spec"]
    assert apps(spec["ingress"][0]["from"]) == {"laptops", "port", *WORKERS}
    assert apps(spec["egress"][0]["to"]) == {"laptops", "port"}
    clients, checked = (
        policies["clients-to-consul"]["spec"],
        policies["replicas-from-consul"]["spec"],
    )
    assert apps([clients]) == {"laptops", "port", *WORKERS}
    assert apps([checked]) == {"laptops", "port"}


def apps(peers: list[rendering.Object]) -> set[str]:
    (expression,) = peers[0]["podSelector"]["matchExpressions"]
    return set(expression["values"])


def test_the_gateway_leaves_the_share_of_traces_to_the_services() -> None:
    flag = "--tracing.resourceAttributes.traces.sampled_percent=0"
    assert flag in rendering.pod(rendering.workloads(FOLDER)["gateway"])["containers"][0]["args"]
    plain = rendering.workloads("overlays/local")["gateway"]
    assert flag not in rendering.pod(plain)["containers"][0]["args"]
