"""Who may talk to whom: the policies, applied on paper, against the list of what is needed.

The local test cluster accepts NetworkPolicy objects and does not enforce them, so this is the proof
that they select what they should.
"""

from functools import cache
from typing import Any

import pytest
from tests.k8s import rendering

Flow = tuple[str, str, str | int]
"""From app, to app, and the name or number of the port."""

NEEDED: set[Flow] = {
    ("gateway", "laptops", "http"),
    ("gateway", "port", "http"),
    ("laptops", "port", "http"),
    ("laptops", "postgres", "postgres"),
    ("port", "postgres", "postgres"),
    *((service, "otel-agent", port) for service in ("laptops", "port") for port in
      ("otlp-grpc", "otlp-http")),
    ("gateway", "otel-agent", "otlp-grpc"),
    ("otel-agent", "otel-gateway", "otlp-grpc"),
    ("otel-gateway", "jaeger", "otlp-grpc"),
    ("otel-gateway", "prometheus", "http"),
    ("otel-gateway", "victorialogs", "http"),
    ("jaeger", "prometheus", "http"),
    ("grafana", "prometheus", "http"),
    ("grafana", "jaeger", "query"),
    ("grafana", "victorialogs", "http"),
    ("prometheus", "laptops", "http"),
    ("prometheus", "port", "http"),
    ("prometheus", "gateway", "internal"),
    ("prometheus", "otel-agent", "metrics"),
    ("prometheus", "otel-gateway", "metrics"),
    ("prometheus", "jaeger", "metrics"),
    ("prometheus", "kube-state-metrics", "metrics"),
    ("prometheus", "victorialogs", "http"),
    ("prometheus", "grafana", "http"),
}  # fmt: skip
# The gateway's two entry points are for everyone who may send at all, which is Prometheus alone of
# these: it may not, for its own policy names the port `internal`.
FOLDER = "overlays/local"


@cache
def policies() -> list[dict[str, Any]]:
    return [policy["spec"] for policy in rendering.of_kind(FOLDER, "NetworkPolicy").values()]


def ports_of(app: str) -> dict[str, int]:
    containers = rendering.pod(apps()[app])["containers"]
    return {p["name"]: p["containerPort"] for c in containers for p in c.get("ports", [])}


@cache
def apps() -> dict[str, dict[str, Any]]:
    found = rendering.workloads(FOLDER).values()
    return {each["spec"]["template"]["metadata"]["labels"]["app"]: each for each in found}


def selects(selector: dict[str, Any], app: str) -> bool:
    """Whether a label selector that speaks of `app` alone selects an app."""
    if any(value != app for value in selector.get("matchLabels", {}).values()):
        return False
    return all(app in each["values"] for each in selector.get("matchExpressions", []))


def names(rule: dict[str, Any], side: str, app: str) -> bool:
    """Whether a rule's peers include an app of this namespace."""
    if side not in rule:
        return True
    inside = [peer for peer in rule[side] if set(peer) == {"podSelector"}]
    return any(selects(peer["podSelector"], app) for peer in inside)


def opens(rule: dict[str, Any], target: str, port: str) -> bool:
    wanted = {port, ports_of(target)[port]}
    return any(each["port"] in wanted for each in rule["ports"])


def allowed(source: str, target: str, port: str) -> bool:
    """Whether one policy lets it out of the source and one lets it into the target."""
    out = [
        rule
        for policy in policies()
        if "Egress" in policy["policyTypes"] and selects(policy["podSelector"], source)
        for rule in policy.get("egress", [])
        if names(rule, "to", target) and opens(rule, target, port)
    ]
    into = [
        rule
        for policy in policies()
        if "Ingress" in policy["policyTypes"] and selects(policy["podSelector"], target)
        for rule in policy.get("ingress", [])
        if names(rule, "from", source) and opens(rule, target, port)
    ]
    return bool(out and into)


def test_exactly_what_is_needed_is_allowed() -> None:
    found = {
        (source, target, port)
        for source in apps()
        for target in apps()
        for port in ports_of(target)
        if source != target and allowed(source, target, port)
    }
    assert found == NEEDED


def test_a_pod_that_no_policy_names_can_neither_be_reached_nor_reach_out() -> None:
    deny = rendering.of_kind("base", "NetworkPolicy")["default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_every_pod_may_ask_for_names() -> None:
    (rule,) = rendering.of_kind("base", "NetworkPolicy")["allow-dns"]["spec"]["egress"]
    assert {(each["port"], each["protocol"]) for each in rule["ports"]} == {
        (53, "UDP"),
        (53, "TCP"),
    }


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_every_policy_selects_something_that_is_there(overlay: str) -> None:
    folder = f"overlays/{overlay}"
    there = {each["spec"]["template"]["metadata"]["labels"]["app"]
             for each in rendering.workloads(folder).values()}  # fmt: skip
    for name, policy in rendering.of_kind(folder, "NetworkPolicy").items():
        selector = policy["spec"]["podSelector"]
        assert any(selects(selector, app) for app in there), name
