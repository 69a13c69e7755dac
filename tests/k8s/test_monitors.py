"""The option for a cluster whose Prometheus comes from prometheus-operator."""

from tests.k8s import rendering

FOLDER = "../tests/k8s/overlays/monitors"
LOCAL = "overlays/local"


def test_every_port_that_a_monitor_names_is_there() -> None:
    monitors = rendering.of_kind(FOLDER, "PodMonitor")
    workloads = rendering.workloads(LOCAL).values()
    by_app = {each["spec"]["template"]["metadata"]["labels"]["app"]: each for each in workloads}
    seen = set()
    for monitor in monitors.values():
        (expression,) = monitor["spec"]["selector"]["matchExpressions"]
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        for app in expression["values"]:
            ports = rendering.pod(by_app[app])["containers"][0]["ports"]
            assert endpoint["port"] in {port["name"] for port in ports}, app
            seen.add(app)
    assert {"laptops", "port", "otel-gateway"} <= seen
