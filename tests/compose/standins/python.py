"""A stand-in for the official Python image: Debian's Python at the official paths."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.compose.standins import docker

from lab.paths import cache_dir

SUITE = "bookworm"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
CHANGES = (
    "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV LANG=C.UTF-8",
    'CMD ["python3"]',
)
DISPENSABLE = ("var/cache/apt", "usr/share/doc", "usr/share/man", "usr/share/locale")


def make(image: str) -> None:
    """Make the image. Needs root, Debian's debootstrap and its mirror."""
    with tempfile.TemporaryDirectory(prefix="laptop-lab-") as temporary:
        root = Path(temporary) / "root"
        _bootstrap(root)
        _official_paths(root)
        _like_this_machine(root)
        docker.import_folder(root, image, CHANGES)


def _bootstrap(root: Path) -> None:
    """Unpack the packages; what was downloaded stays in the lab's cache."""
    downloads = cache_dir() / "debootstrap"
    downloads.mkdir(parents=True, exist_ok=True)
    options = ["--variant=minbase", f"--include={PACKAGES}", f"--cache-dir={downloads}"]
    command = ["debootstrap", *options, SUITE, str(root)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    for folder in DISPENSABLE:
        shutil.rmtree(root / folder, ignore_errors=True)


def _official_paths(root: Path) -> None:
    for name, target in {"python": "python3", "python3": "python3", "pip": "pip3"}.items():
        (root / "usr/local/bin" / name).symlink_to(f"/usr/bin/{target}")
    # Debian keeps pip from touching its own packages; in an image nobody minds.
    for marker in (root / "usr/lib").glob("python3.*/EXTERNALLY-MANAGED"):
        marker.unlink()


def _like_this_machine(root: Path) -> None:
    """Let pip and apt inside reach what they reach outside: the same authorities, the same pip."""
    bundle = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    shutil.copyfile(bundle, root / "etc/ssl/certs/ca-certificates.crt")
    if (configuration := Path("/etc/pip.conf")).exists():
        shutil.copyfile(configuration, root / "etc/pip.conf")
