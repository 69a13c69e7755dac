"""A worker without a web framework: `python worker.py` does three jobs, and says what it did."""

from prometheus_client import Counter

from threesignals import Telemetry

jobs = Counter("jobs", "Jobs done, by outcome: the panel of the worker.", ["outcome"])


def main(telemetry: Telemetry) -> None:
    """Do three jobs, the last of which fails: a span and a line each, and a sample."""
    log = telemetry.logger("jobs")
    for divisor in (1, 2, 0):
        with telemetry.tracer.start_as_current_span("divide") as span:
            span.set_attribute("job.divisor", divisor)
            try:
                log.info("job.done", result=10 / divisor)
                jobs.labels("done").inc()
            except ZeroDivisionError:
                log.exception("job.failed")
                jobs.labels("failed").inc()


if __name__ == "__main__":
    running = Telemetry.from_env("shop-worker")
    running.set_global()
    main(running)
    print(running.metrics_page("")[0].decode())  # or serve it: prometheus_client's WSGI server
    running.shutdown()
