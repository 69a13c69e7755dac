"""The two services on a cluster: as the article has them, and as they should be run."""

from typing import Any

import pytest
from tests.k8s import rendering

SERVICES = ("laptops", "port")
PORTS = {"laptops": 5000, "port": 5001}
FLUSH_SECONDS = 5
"""Telemetry.shutdown() takes at most this long; then the process is gone."""


def deployment(service: str, folder: str = "base") -> dict[str, Any]:
    return rendering.of_kind(folder, "Deployment")[f"{service}-service"]


def container(service: str, folder: str = "base") -> dict[str, Any]:
    first: dict[str, Any] = rendering.pod(deployment(service, folder))["containers"][0]
    return first


@pytest.mark.parametrize("service", SERVICES)
def test_names_labels_and_replicas_are_the_articles(service: str) -> None:
    found = deployment(service)
    assert found["spec"]["replicas"] == 3
    assert found["spec"]["selector"]["matchLabels"] == {"app": service}
    assert found["spec"]["template"]["metadata"]["labels"]["app"] == service


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_on_port_80_and_leads_to_the_replicas(service: str) -> None:
    found = rendering.of_kind("base", "Service")[f"{service}-service"]
    (port,) = found["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")
    assert found["spec"]["selector"] == {"app": service}
    (listens,) = container(service)["ports"]
    assert (listens["name"], listens["containerPort"]) == ("http", PORTS[service])
    assert rendering.environment(deployment(service))["HTTP_PORT"] == str(PORTS[service])


@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_what_they_should(service: str) -> None:
    found = container(service)
    paths = {kind: found[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz"}
    assert found["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("service", SERVICES)
def test_liveness_is_more_patient_than_readiness(service: str) -> None:
    def seconds(probe: dict[str, int]) -> int:
        return probe["periodSeconds"] * probe["failureThreshold"]

    found = container(service)
    assert seconds(found["livenessProbe"]) > 3 * seconds(found["readinessProbe"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_time_to_leave_in_the_order_of_a_request(service: str) -> None:
    pod = rendering.pod(deployment(service))
    withdrawn = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = float(rendering.environment(deployment(service))["DRAIN_SECONDS"])
    assert withdrawn >= 1
    assert withdrawn + drain + FLUSH_SECONDS < pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_rolling_update_never_has_fewer_replicas_than_before(service: str) -> None:
    rolling = deployment(service)["spec"]["strategy"]["rollingUpdate"]
    assert rolling["maxUnavailable"] == 0
    assert rolling["maxSurge"]


@pytest.mark.parametrize("service", SERVICES)
def test_replicas_spread_over_zones_and_nodes(service: str) -> None:
    constraints = rendering.pod(deployment(service))["topologySpreadConstraints"]
    keys = {each["topologyKey"] for each in constraints}
    assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for each in constraints:
        assert each["labelSelector"]["matchLabels"] == {"app": service}


@pytest.mark.parametrize("service", SERVICES)
def test_telemetry_learns_where_it_runs(service: str) -> None:
    variables = rendering.environment(deployment(service))
    attributes = variables["OTEL_RESOURCE_ATTRIBUTES"]
    for name in ("k8s.pod.name", "k8s.pod.uid", "k8s.namespace.name", "k8s.node.name"):
        assert f"{name}=$(K8S_{name.removeprefix('k8s.').upper().replace('.', '_')})" in attributes
    assert attributes.startswith("service.namespace=laptop-lab,")
    assert variables["K8S_POD_UID"]["fieldRef"]["fieldPath"] == "metadata.uid"
    # A variable may refer only to those that stand before it.
    names = list(variables)
    assert names.index("OTEL_RESOURCE_ATTRIBUTES") > names.index("K8S_NODE_NAME")


@pytest.mark.parametrize("service", SERVICES)
def test_the_base_exports_nothing_and_the_observability_component_makes_it(service: str) -> None:
    variable = "OTEL_EXPORTER_OTLP_ENDPOINT"
    assert variable not in rendering.environment(deployment(service))
    exported = rendering.environment(deployment(service, "overlays/local"))
    assert exported[variable] == "http://otel-agent:4318"


def test_the_two_deployments_differ_in_name_port_and_peer_only() -> None:
    laptops, port = (
        (rendering.K8S / "base" / service / "deployment.yaml").read_text().splitlines()
        for service in SERVICES
    )
    begin = next(i for i, line in enumerate(laptops) if "asks about a laptop's ports" in line)
    peer, value = laptops[begin + 1 : begin + 3]
    assert peer.endswith("PORT_URL")
    assert value.endswith("http://port-service")
    del laptops[begin : begin + 3]
    renamed = [line.replace("laptops", "port").replace("5000", "5001") for line in laptops]
    assert renamed == port


@pytest.mark.parametrize("service", SERVICES)
def test_the_hpa_scales_the_deployment_up_at_once_and_down_with_patience(service: str) -> None:
    spec = rendering.of_kind("base", "HorizontalPodAutoscaler")[service]["spec"]
    assert spec["scaleTargetRef"]["name"] == f"{service}-service"
    assert 1 < spec["minReplicas"] < spec["maxReplicas"]
    (metric,) = spec["metrics"]
    assert 50 <= metric["resource"]["target"]["averageUtilization"] <= 80
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 120


@pytest.mark.parametrize("folder", ["overlays/local-keda", "overlays/production"])
def test_keda_takes_the_hpas_place(folder: str) -> None:
    assert rendering.of_kind(folder, "HorizontalPodAutoscaler") == {}
    scaled = rendering.of_kind(folder, "ScaledObject")
    assert set(scaled) == set(SERVICES)
    for service, found in scaled.items():
        assert found["spec"]["scaleTargetRef"]["name"] == f"{service}-service"
        # The HPA that KEDA makes has the base's name, so dashboards and experiments find it.
        assert (
            found["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["name"]
            == service
            == found["metadata"]["name"]
        )


@pytest.mark.parametrize("service", SERVICES)
def test_a_drain_of_a_node_takes_one_replica_at_a_time(service: str) -> None:
    spec = rendering.of_kind("base", "PodDisruptionBudget")[service]["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"]["matchLabels"] == {"app": service}


@pytest.mark.parametrize("service", SERVICES)
def test_the_simulated_supplier_is_off_in_production(service: str) -> None:
    variables = rendering.environment(deployment(service, "overlays/production"))
    assert variables["SUPPLIER_LATENCY_SECONDS"] == "0"
    assert "SUPPLIER_LATENCY_SECONDS" not in rendering.environment(deployment(service))
