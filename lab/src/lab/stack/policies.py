"""The scaling policies of a stack, checked before anything starts."""

import os
from collections.abc import Collection
from pathlib import Path

from lab.autoscaler.scaledobject import PolicyError, load
from lab.paths import ROOT
from lab.processes.ports import MAX_REPLICAS

COMPONENTS = ROOT / "k8s" / "components"
FOLDER_VARIABLE = "LAB_POLICIES_DIR"
"""Where the services' policies are, when not in the checkout."""
FOLDERS = {"rabbitmq": COMPONENTS / "rabbitmq" / "scaling"}
"""Policies that come with what `--with` adds."""


def files(extras: Collection[str] = (), folder: Path | None = None) -> tuple[Path, ...]:
    """Return each service's policy, and each worker's when `extras` bring workers."""
    folder = folder or Path(os.environ.get(FOLDER_VARIABLE) or COMPONENTS / "keda")
    folders = [folder, *(FOLDERS[extra] for extra in extras if extra in FOLDERS)]
    return tuple(file for each in folders for file in sorted(each.glob("*-scaledobject.yaml")))


def require(extras: Collection[str] = (), folder: Path | None = None) -> None:
    """Raise PolicyError, a plain sentence, for a policy that a stack could not follow."""
    for file in files(extras, folder):
        wanted = load(file).spec.max_replica_count
        if wanted > MAX_REPLICAS:
            raise PolicyError(
                f"{file}: spec.maxReplicaCount is {wanted}, and one machine has ports for "
                f"{MAX_REPLICAS} replicas of a service."
            )
