"""Run RabbitMQ in the foreground until SIGTERM: python -m lab.brokers FOLDER; the lab runs this."""

import signal
import sys
import threading
from pathlib import Path

from lab.brokers.rabbitmq import RabbitMQ, RunningRabbitMQ
from lab.errors import LabError
from lab.stack import extras
from lab.stack.ports import Ports


def main(folder: Path) -> int:
    """Run a broker on the lab's ports; return the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = RunningRabbitMQ(RabbitMQ(folder=folder, ports=extras.rabbitmq(Ports.from_env())))
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
    sys.exit(main(Path(sys.argv[1])))
