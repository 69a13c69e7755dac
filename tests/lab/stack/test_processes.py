import dataclasses
from pathlib import Path
from typing import Any

import pytest

from lab.processes.layout import Layout
from lab.processes.ports import MAX_REPLICAS
from lab.stack import processes
from lab.stack.options import Options


@pytest.fixture
def project(options: Options, layout: Layout, programs: dict[str, Path]) -> dict[str, Any]:
    return processes.project(options, layout, programs)["processes"]


def environment(process: dict[str, Any]) -> dict[str, str]:
    return dict(item.split("=", 1) for item in process["environment"])


def test_each_service_starts_with_one_replica_and_room_for_more(project: dict[str, Any]) -> None:
    for service in ("laptops", "port"):
        replicas = [project[f"{service}-{index}"] for index in range(MAX_REPLICAS)]
        assert [replica["disabled"] for replica in replicas] == [False] + [True] * 7
        assert len({environment(replica)["HTTP_PORT"] for replica in replicas}) == MAX_REPLICAS


def test_replicas_share_their_services_store_and_no_other(project: dict[str, Any]) -> None:
    stores = {
        name: environment(project[name])["DATABASE_URL"]
        for name in ("laptops-0", "laptops-7", "port-0")
    }
    assert stores["laptops-0"] == stores["laptops-7"] != stores["port-0"]


def test_every_process_is_probed_on_loopback_every_second(project: dict[str, Any]) -> None:
    for process in project.values():
        assert process["readiness_probe"]["http_get"]["host"] == "127.0.0.1"
        assert process["readiness_probe"]["period_seconds"] == 1


def test_a_process_stops_before_what_it_sends_to(project: dict[str, Any]) -> None:
    def after(name: str) -> set[str]:
        return set(project[name]["depends_on"])

    assert after("autoscaler") == {"gateway"}
    assert after("gateway") == {"laptops-0", "port-0"}
    assert after("laptops-7") == after("port-0") == {"otel-collector"}
    assert after("otel-collector") == {"prometheus", "jaeger", "victorialogs"}


def test_messaging_brings_a_broker_and_a_worker_for_each_service(
    options: Options, layout: Layout, programs: dict[str, Path], project: dict[str, Any]
) -> None:
    chosen = dataclasses.replace(options, extras=("rabbitmq",))
    added = processes.project(chosen, layout, programs)["processes"]
    new = added.keys() - project.keys()
    assert {"rabbitmq", "laptops-worker-0", "port-worker-7"} <= new
    assert not added["port-worker-0"]["disabled"]
    assert added["port-worker-1"]["disabled"]
    assert set(added["port-worker-0"]["depends_on"]) == {"otel-collector", "rabbitmq"}
    worker, service = environment(added["port-worker-1"]), environment(added["port-0"])
    assert worker["DATABASE_URL"] == service["DATABASE_URL"]
    assert worker["AMQP_URL"] == service["AMQP_URL"]
    assert "AMQP_URL" not in environment(project["port-0"])


def test_a_replica_gets_longer_to_stop_than_it_needs_to_drain(project: dict[str, Any]) -> None:
    assert project["laptops-0"]["shutdown"]["timeout_seconds"] >= 15


def test_traces_are_on_disk_only_when_data_is_kept(
    options: Options, layout: Layout, programs: dict[str, Path], project: dict[str, Any]
) -> None:
    kept = processes.project(dataclasses.replace(options, keep=True), layout, programs)
    assert "badger.yaml" not in " ".join(project["jaeger"]["entrypoint"])
    assert "badger.yaml" in " ".join(kept["processes"]["jaeger"]["entrypoint"])


def test_without_autoscaling_the_autoscaler_runs_and_holds(
    options: Options, layout: Layout, programs: dict[str, Path], project: dict[str, Any]
) -> None:
    held = processes.project(dataclasses.replace(options, autoscale=False), layout, programs)
    assert "--hold" not in project["autoscaler"]["entrypoint"]
    assert "--hold" in held["processes"]["autoscaler"]["entrypoint"]
