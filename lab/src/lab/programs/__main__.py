"""Run RabbitMQ in the foreground until SIGTERM; the lab runs this.

python -m lab.programs FOLDER, and the five ports in the order of RabbitMQPorts.
"""

import signal
import sys
import threading
from pathlib import Path

from lab.errors import LabError
from lab.programs.rabbitmq import RabbitMQ, RabbitMQPorts, RunningRabbitMQ


def main(folder: Path, ports: RabbitMQPorts) -> int:
    """Run a broker until told to stop; return the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = RunningRabbitMQ(RabbitMQ(folder=folder, ports=ports))
    try:
        running.start()
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        while not stop.wait(1):
            if not running.alive:
                return 1
    finally:
        running.close()
    return 0


if __name__ == "__main__":
    names = RabbitMQPorts.__dataclass_fields__
    given = dict(zip(names, map(int, sys.argv[2:]), strict=True))
    sys.exit(main(Path(sys.argv[1]), RabbitMQPorts(**given)))
