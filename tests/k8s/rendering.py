"""Render the kustomizations in k8s/ to the objects that a cluster would receive."""

import base64
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from lab.toolchain import provide
from lab.toolchain.components import Component

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
OVERLAYS = ("local", "local-keda", "local-events", "local-consul", "production")

KUSTOMIZE = Component(
    name="kustomize",
    version="5.8.1",
    module=K8S / "kustomize",
    package="sigs.k8s.io/kustomize/kustomize/v5",
    names=("kustomize",),
    version_command=("version",),
    minimum=(5, 5),
    below=(6,),
    seconds=15,
)

Object = dict[str, Any]


@cache
def command() -> tuple[str, ...]:
    """Return the program that renders: kubectl's kustomize, or kustomize, built if need be."""
    if kubectl := shutil.which("kubectl"):
        return (kubectl, "kustomize")
    return (str(provide(KUSTOMIZE, Console())), "build")


@cache
def text(folder: str) -> str:
    """Render a folder of k8s/ to YAML."""
    rendered = subprocess.run(
        [*command(), str(K8S / folder)], capture_output=True, text=True, check=False
    )
    assert rendered.returncode == 0, rendered.stderr
    return rendered.stdout


@cache
def objects(folder: str) -> list[Object]:
    """Render a folder of k8s/ to objects. They are shared: read them only."""
    return list(yaml.load_all(text(folder), Loader=yaml.CSafeLoader))


@cache
def of_kind(folder: str, *kinds: str) -> dict[str, Object]:
    """Return a folder's objects of some kinds by name."""
    found = [each for each in objects(folder) if each["kind"] in kinds]
    return {each["metadata"]["name"]: each for each in found}


@cache
def workloads(folder: str) -> dict[str, Object]:
    """Return everything that makes pods, by name."""
    return of_kind(folder, "Deployment", "StatefulSet", "DaemonSet")


def pod(workload: Object) -> Object:
    """Return the pod's spec in a workload."""
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def containers(workload: Object) -> list[Object]:
    """Return all containers of a workload, those that initialise included."""
    spec = pod(workload)
    return [*spec.get("initContainers", []), *spec["containers"]]


def environment(workload: Object) -> dict[str, Any]:
    """Return the first container's variables: name → value, or where it comes from."""
    variables = pod(workload)["containers"][0].get("env", [])
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in variables}


def decoded(secret: Object) -> dict[str, str]:
    """Return what a Secret holds, as text."""
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
