import dataclasses
import json
from pathlib import Path

import yaml

from lab.paths import OBSERVABILITY
from lab.processes.layout import Layout
from lab.stack.options import Options
from lab.stack.render import render
from threesignals.names import TRACES_SAMPLED_PERCENT


def test_prometheus_runs_the_checkouts_own_configuration(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(options, layout, programs)
    source = OBSERVABILITY / "prometheus"
    assert (layout.prometheus / "prometheus.yaml").resolve() == source / "prometheus.yaml"
    assert (layout.prometheus / "rules").resolve() == source / "rules"


def test_every_scrape_job_finds_its_targets_where_prometheus_looks(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(options, layout, programs)
    folder = layout.prometheus / "scrape"
    files = [yaml.safe_load((folder / name).read_text()) for name in ("lab.yaml", "replicas.yaml")]
    for job in (job for file in files for job in file["scrape_configs"]):
        [name] = job["file_sd_configs"][0]["files"]
        [group] = json.loads((folder / name).read_text())
        assert group["targets"][0].startswith("127.0.0.1:"), job["job_name"]


def test_what_is_added_is_scraped_too(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(dataclasses.replace(options, extras=("rabbitmq",)), layout, programs)
    assert (layout.prometheus / "scrape" / "rabbitmq.yaml").exists()
    assert "consul_sd_configs" not in (layout.prometheus / "scrape" / "replicas.yaml").read_text()
    for job in ("rabbitmq", "laptops-worker", "port-worker"):
        assert (layout.targets / f"{job}.json").exists()


def test_the_gateway_leads_to_the_first_replicas(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(options, layout, programs)
    services = yaml.safe_load(layout.routes.read_text())["http"]["services"]
    assert services["laptops"]["loadBalancer"]["servers"] == [{"url": "http://127.0.0.1:15000"}]
    assert services["port"]["loadBalancer"]["servers"] == [{"url": "http://127.0.0.1:15100"}]


def test_with_consul_the_gateway_leaves_the_share_of_traces_to_the_services(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    def said() -> str | None:
        tracing = yaml.safe_load(layout.gateway.read_text())["tracing"]
        share: str | None = tracing["resourceAttributes"].get(TRACES_SAMPLED_PERCENT)
        return share

    render(options, layout, programs)
    assert said() is None
    render(dataclasses.replace(options, extras=("consul",)), layout, programs)
    assert said() == "0"


def test_the_gateway_listens_on_loopback_and_keeps_its_own_affairs_inside(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(options, layout, programs)
    gateway = yaml.safe_load(layout.gateway.read_text())
    points = gateway["entryPoints"]
    assert all(point["address"].startswith("127.0.0.1:") for point in points.values())
    assert gateway["ping"]["entryPoint"] == "internal"
    assert gateway["metrics"]["prometheus"]["entryPoint"] == "internal"
    assert "insecure" not in gateway["api"]


def test_with_consul_the_gateway_finds_the_replicas_there(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(dataclasses.replace(options, extras=("consul",)), layout, programs)
    gateway = yaml.safe_load(layout.gateway.read_text())
    catalogue = gateway["providers"]["consulCatalog"]
    assert catalogue["endpoint"]["address"].startswith("127.0.0.1:")
    assert not catalogue["exposedByDefault"]


def test_with_consul_prometheus_finds_the_replicas_there_and_nowhere_else(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    render(dataclasses.replace(options, extras=("consul",)), layout, programs)

    folder = layout.prometheus / "scrape"
    text = (folder / "replicas.yaml").read_text()
    jobs = {job["job_name"]: job for job in yaml.safe_load(text)["scrape_configs"]}
    for service in ("laptops", "port"):
        (found,) = jobs[service]["consul_sd_configs"]
        assert (found["server"], found["services"]) == ("127.0.0.1:8500", [f"{service}-metrics"])
    assert jobs["consul"]["static_configs"] == [{"targets": ["127.0.0.1:8500"]}]


def test_a_start_empties_every_store_unless_data_is_kept(
    options: Options, layout: Layout, programs: dict[str, Path]
) -> None:
    layout.data.mkdir(parents=True)
    earlier = layout.data / "laptops.db"
    earlier.write_text("")
    render(dataclasses.replace(options, keep=True), layout, programs)
    assert earlier.exists()
    render(options, layout, programs)
    assert not earlier.exists()
