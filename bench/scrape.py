"""Read a page of metrics once a second until ended. Run as `python -m bench.scrape URL`."""

import sys
import time
import urllib.request


def main(url: str) -> None:
    """Ask as Prometheus does."""
    accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5"
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 (loopback)
    while True:
        begun = time.monotonic()
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()
        time.sleep(max(0.0, begun + 1 - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1])
