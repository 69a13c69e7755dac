"""The scaling policies of a stack, checked before anything starts."""

from pathlib import Path

from lab.autoscaler.scaledobject import PolicyError, load
from lab.paths import ROOT
from lab.stack.ports import MAX_REPLICAS

FOLDER = ROOT / "k8s" / "components" / "keda"


def files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Return each service's policy."""
    return tuple(sorted(folder.glob("*-scaledobject.yaml")))


def require(folder: Path = FOLDER) -> None:
    """Raise PolicyError, a plain sentence, for a policy that a stack could not follow."""
    for file in files(folder):
        wanted = load(file).spec.max_replica_count
        if wanted > MAX_REPLICAS:
            raise PolicyError(
                f"{file}: spec.maxReplicaCount is {wanted}, and one machine has ports for "
                f"{MAX_REPLICAS} replicas of a service."
            )
