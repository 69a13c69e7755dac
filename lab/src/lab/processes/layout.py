"""Names of the files and folders inside a state directory."""

import hashlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.processes import private

USER = "lab"
LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 bytes; this leaves room for a suffix."""


@dataclass(frozen=True)
class Layout:
    """Where one stack keeps what: run files, data and logs."""

    state: Path

    @property
    def run(self) -> Path:
        """Rendered files; they exist while a stack runs."""
        return self.state / "run"

    @property
    def data(self) -> Path:
        """Databases, traces, metrics, logs and queues."""
        return self.state / "data"

    @property
    def logs(self) -> Path:
        """One log for each process, and the supervisor's own."""
        return self.state / "logs"

    @property
    def lock(self) -> Path:
        """Held while a stack starts or stops."""
        return self.state / "lock"

    @property
    def record(self) -> Path:
        """What runs: the supervisor's process id and the ports."""
        return self.run / "stack.json"

    @property
    def processes(self) -> Path:
        """The supervisor's configuration."""
        return self.run / "process-compose.yaml"

    @property
    def gateway(self) -> Path:
        """Traefik's static configuration."""
        return self.run / "traefik.yaml"

    @property
    def routes(self) -> Path:
        """Traefik's dynamic configuration, which the autoscaler rewrites."""
        return self.run / "gateway" / "routes.yaml"

    @property
    def prometheus(self) -> Path:
        """A folder that links Prometheus' real configuration and holds its targets."""
        return self.run / "prometheus"

    @property
    def targets(self) -> Path:
        """One file of scrape targets for each job."""
        return self.prometheus / "targets"

    @property
    def faults(self) -> Path:
        """Which faults are switched on; absent: none."""
        return self.run / "faults.json"

    @property
    def socket(self) -> Path:
        """The supervisor's unix socket; outside the state directory when that path is too long."""
        inside = self.run / "supervisor.sock"
        if len(str(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:12]
        return private.folder() / f"laptop-lab-{digest}.sock"

    @property
    def password(self) -> Path:
        """What VictoriaLogs asks for, and no web page knows; made anew for each start."""
        return self.run / "password"

    @property
    def sign_in(self) -> str:
        """`user:password@`, for an address of VictoriaLogs; empty where nobody made a password."""
        return f"{USER}:{self.password.read_text()}@" if self.password.exists() else ""

    def log(self, process: str) -> Path:
        """Return the log of one process."""
        return self.logs / f"{process}.log"

    def end_of_log(self, process: str, lines: int) -> list[str]:
        """Return the last lines that a process wrote, also after its end. Raises LabError."""
        known = sorted(path.stem for path in self.logs.glob("*.log"))
        if process not in known:
            raise LabError(f"No output of {process!r}. There is: {', '.join(known) or 'none'}.")
        with self.log(process).open(errors="replace") as log:
            return [line.rstrip("\n") for line in deque(log, maxlen=lines)]
