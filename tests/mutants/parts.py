"""The parts of the project whose tests are tried: their modules, and the tests of each."""

from dataclasses import dataclass
from pathlib import Path

from lab.paths import ROOT


@dataclass(frozen=True)
class Part:
    """A folder of modules and the folders of tests that are to notice a change in them."""

    name: str
    source: Path
    folder: str
    tests: tuple[str, ...]

    def modules(self) -> dict[str, Path]:
        """Return the modules by name, but for those that only start a program."""
        found = sorted((self.source / self.folder).rglob("*.py"))
        return {_name(path.relative_to(self.source)): path for path in found if _imports(path)}


def _imports(path: Path) -> bool:
    return path.name != "__main__.py"


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _service(name: str, *tests: str) -> Part:
    folders = tuple(f"tests/{each}" for each in (name, *tests))
    return Part(f"services/{name}", ROOT / "services" / name / "src", name, folders)


LAB = ROOT / "lab" / "src"
PARTS = (
    Part(
        "threesignals",
        ROOT / "observability" / "telemetry" / "src",
        "threesignals",
        ("observability/telemetry/tests",),
    ),
    Part("lab.autoscaler", LAB, "lab/autoscaler", ("tests/lab/autoscaler",)),
    Part("lab.experiments", LAB, "lab/experiments", ("tests/lab/experiments",)),
    _service("chassis", "contracts"),
    _service("events", "laptops", "port"),
    _service("laptops", "contracts"),
    _service("port", "contracts"),
)
