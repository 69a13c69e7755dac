"""A Consul that lets nobody in without a token: the cluster's server, started here as there."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.consul.test_consul import addresses, registered, replica
from tests.k8s import rendering
from tests.support.consul import settings_in
from tests.support.exactly_once import wait_for
from tests.support.rabbitmq import free_ports
from tests.support.signals import RecordedSignals

from consulkit import Consul, ConsulError, ConsulSettings
from lab.programs.consul import CONFIG, program

pytestmark = pytest.mark.e2e

ACL = rendering.K8S / "overlays/local-consul/acl.json"
MANAGEMENT = json.loads(ACL.read_text())["acl"]["tokens"]["initial_management"]


@dataclass(frozen=True)
class Closed:
    """A server, and what it wrote to its log."""

    url: str
    log: Path

    def as_(self, token: str) -> Consul:
        """Return a client with a token."""
        settings = {"consul_http_addr": self.url, "consul_http_token": token}
        return Consul(ConsulSettings.model_validate(settings))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    if (found := program()) is None:
        pytest.skip("Consul is not here")
    folder = tmp_path_factory.mktemp("closed")
    http, raft, serf = free_ports(3)
    own = [f"-http-port={http}", f"-server-port={raft}", f"-serf-lan-port={serf}"]
    closed = Closed(f"http://127.0.0.1:{http}", folder / "log")
    with closed.log.open("wb") as log:
        command = [found, *arguments(folder, older=is_old(found)), *own]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(lambda: lets_in(closed), seconds=20)
        yield closed
    finally:
        process.kill()
        process.wait()


def is_old(consul: Path) -> bool:
    version = subprocess.run([consul, "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) < (1, 11)


def arguments(folder: Path, *, older: bool) -> list[str]:
    """Return the cluster's arguments with this machine's paths, on loopback."""
    (container,) = rendering.pod(rendering.workloads("overlays/local-consul")["consul"])[
        "containers"
    ]
    # Before 1.11 the setting had another name.
    acl = ACL.read_text().replace("initial_management", "master") if older else ACL.read_text()
    (folder / "acl.json").write_text(acl)
    here = {
        "/etc/laptop-lab/consul.json": str(CONFIG),
        "/etc/consul-acl/acl.json": str(folder / "acl.json"),
        "/consul/data": str(folder / "data"),
        "0.0.0.0": "127.0.0.1",
    }
    text = "\n".join(container["args"])
    for there, path in here.items():
        assert there in text
        text = text.replace(there, path)
    return text.splitlines()


def lets_in(server: Closed) -> bool:
    try:
        server.as_(MANAGEMENT).write({"laptop-lab/tried": "1"})
    except ConsulError:
        return False
    return True


@pytest.fixture(scope="module")
def token(server: Closed) -> str:
    """A token that may do what docs/consul.md says a service needs, and no more."""
    document = (rendering.ROOT / "docs/consul.md").read_text()
    (rules,) = re.findall(r"```hcl\n(.*?)```", document, re.DOTALL)
    with httpx.Client(base_url=server.url, headers={"X-Consul-Token": MANAGEMENT}) as client:
        policy = {"Name": "services", "Rules": rules}
        client.put("/v1/acl/policy", json=policy).raise_for_status()
        made = client.put("/v1/acl/token", json={"Policies": [{"Name": "services"}]})
    return str(made.raise_for_status().json()["SecretID"])


def test_a_replica_with_a_services_token_registers_is_found_and_reads_its_settings(
    server: Closed, token: str, signals: RecordedSignals
) -> None:
    consul, manager = server.as_(token), server.as_(MANAGEMENT)
    with replica() as address, registered(consul, "laptops", address, signals):
        wait_for(lambda: addresses(consul, "laptops") == [address], seconds=10)
    wait_for(lambda: addresses(consul, "laptops") == [], seconds=10)
    settings_in(manager).change("laptops", "log_level", "error", by="a test")
    assert settings_in(consul).read("laptops") == {"log_level": "error"}
    assert token not in str(signals.lines) + server.log.read_text()


def test_a_services_token_changes_no_setting(server: Closed, token: str) -> None:
    with pytest.raises(ConsulError, match="refuses"):
        settings_in(server.as_(token)).change("laptops", "log_level", "debug", by="a test")


NOBODYS = "5e5a3e00-0000-4000-8000-000000000000"


@pytest.mark.parametrize("wrong", ["", NOBODYS])
def test_without_the_right_token_a_replica_is_refused_and_says_so_once(
    server: Closed, wrong: str, signals: RecordedSignals
) -> None:
    consul = server.as_(wrong)
    with replica() as address, registered(consul, "intruder", address, signals):
        wait_for(lambda: signals.lines, seconds=5)
        time.sleep(0.5)
        assert addresses(server.as_(MANAGEMENT), "intruder") == []
    (line,) = signals.lines
    assert line["event"] == "consul.unreachable"
    assert "403" in str(line["reason"])
    assert NOBODYS not in str(line)
