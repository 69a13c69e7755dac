"""Every pod meets the restricted standard of Pod Security and has no right it does not need."""

import pytest
from tests.k8s import rendering

ASKS_THE_API_SERVER = {"prometheus", "gateway", "kube-state-metrics"}
ALL = [
    (overlay, name)
    for overlay in rendering.OVERLAYS
    for name in rendering.workloads(f"overlays/{overlay}")
]

each_workload = pytest.mark.parametrize(("overlay", "name"), ALL)


def workload(overlay: str, name: str) -> rendering.Object:
    return rendering.workloads(f"overlays/{overlay}")[name]


def test_the_namespace_enforces_the_restricted_standard() -> None:
    labels = rendering.of_kind("base", "Namespace")["laptop-lab"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@each_workload
def test_a_pod_runs_as_a_numbered_user_that_is_not_root(overlay: str, name: str) -> None:
    security = rendering.pod(workload(overlay, name))["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


@each_workload
def test_a_container_can_gain_nothing_and_write_nothing(overlay: str, name: str) -> None:
    for container in rendering.containers(workload(overlay, name)):
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert "privileged" not in security


@each_workload
def test_a_pod_shares_nothing_with_its_node(overlay: str, name: str) -> None:
    spec = rendering.pod(workload(overlay, name))
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert not [volume for volume in spec.get("volumes", []) if "hostPath" in volume]
    for container in rendering.containers(workload(overlay, name)):
        assert not [port for port in container.get("ports", []) if "hostPort" in port]


@each_workload
def test_only_those_that_ask_the_api_server_have_a_token(overlay: str, name: str) -> None:
    spec = rendering.pod(workload(overlay, name))
    assert spec["automountServiceAccountToken"] is (name in ASKS_THE_API_SERVER)
    account = rendering.of_kind(f"overlays/{overlay}", "ServiceAccount")[spec["serviceAccountName"]]
    assert account["automountServiceAccountToken"] is False


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_no_right_reaches_beyond_the_namespace_or_changes_anything(overlay: str) -> None:
    folder = f"overlays/{overlay}"
    assert rendering.of_kind(folder, "ClusterRole", "ClusterRoleBinding") == {}
    for role in rendering.of_kind(folder, "Role").values():
        for rule in role["rules"]:
            assert set(rule["verbs"]) <= {"get", "list", "watch"}
            assert "*" not in rule["resources"]


@each_workload
def test_a_container_asks_for_what_it_needs_and_has_a_limit(overlay: str, name: str) -> None:
    for container in rendering.containers(workload(overlay, name)):
        for bound in ("requests", "limits"):
            assert set(container["resources"][bound]) == {"cpu", "memory"}


@each_workload
def test_a_container_that_serves_is_probed_in_three_ways(overlay: str, name: str) -> None:
    for container in rendering.pod(workload(overlay, name))["containers"]:
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


@each_workload
def test_an_image_has_a_version(overlay: str, name: str) -> None:
    for container in rendering.containers(workload(overlay, name)):
        image, _, tag = container["image"].rpartition(":")
        assert image, container["image"]
        assert any(character.isdigit() for character in tag), container["image"]


@each_workload
def test_scratch_space_is_bounded(overlay: str, name: str) -> None:
    for volume in rendering.pod(workload(overlay, name)).get("volumes", []):
        if "emptyDir" in volume:
            assert "sizeLimit" in volume["emptyDir"], volume["name"]
