"""Messaging: whether events leave and are worked off, and what becomes of those that fail."""

from __future__ import annotations

from dashboards.board import Board, Row
from dashboards.panels import COUNT, SECONDS, Panel, Words, distribution, lines, number
from dashboards.promql import quantile, rate
from dashboards.queries import Metric

QUEUES = 'queue=~"(laptops|port)[.]events"'
DEAD = 'queue=~"(laptops|port)[.]events[.]dead"'
RETRY = 'queue=~"(laptops|port)[.]events[.]retry[.].*"'
WORKERS = 'job=~"laptops-worker|port-worker"'
NO_EVENTS = "RabbitMQ does not run, or no event yet"
PER_SECOND = "eps"


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-messaging",
        title="Laptop Lab: messaging",
        description="Events between laptops and port, from the outbox of one to their effect in the other.",
        rows=(now(), leaving(), working(), failing()),
    )


def now() -> Row:
    """One look at each place where an event can be."""
    outbox = number(
        Words(
            "Oldest in an outbox",
            "How long the oldest event has waited for the broker. Half a minute is the objective.",
            NO_EVENTS,
            runbook="EventsOutboxOld",
        ),
        Metric(f"max by (job) (events_outbox_oldest_age_seconds{{{WORKERS}}})", "{{job}}"),
        unit=SECONDS,
        limits=((30, "red"),),
        width=6,
    )
    queued = number(
        Words(
            "In the queues",
            "Events that wait for a worker or are in work. The workers are scaled by this.",
            NO_EVENTS,
            runbook="EventsQueueGrows",
        ),
        Metric(f"sum by (queue) (rabbitmq_queue_messages{{{QUEUES}}})", "{{queue}}"),
        unit=COUNT,
        limits=((100, "orange"),),
        width=6,
    )
    dead = number(
        Words(
            "Dead letters",
            "Events that could not be processed. Each one waits for a person.",
            NO_EVENTS,
            runbook="EventsDeadLettered",
        ),
        Metric(f"sum by (queue) (rabbitmq_queue_messages{{{DEAD}}})", "{{queue}}"),
        unit=COUNT,
        limits=((1, "red"),),
        width=6,
    )
    connected = number(
        Words(
            "Who is connected",
            "1: every worker's relay or consumer can work; 0: one has no connection to the broker.",
            NO_EVENTS,
            runbook="EventsBrokerUnreachable",
        ),
        Metric(f"min by (job, role) (events_broker_connected{{{WORKERS}}})", "{{job}} {{role}}"),
        unit=COUNT,
        base="red",
        limits=((1, "green"),),
        width=6,
    )
    return Row("Where are the events?", (outbox, queued, dead, connected))


def leaving() -> Row:
    """From the outbox to the broker."""
    pending = lines(
        Words(
            "Waiting in the outbox",
            "Written with their cause, not yet confirmed by the broker. It grows while the broker is away.",
            NO_EVENTS,
            runbook="EventsOutboxOld",
        ),
        Metric(f"max by (job) (events_outbox_pending{{{WORKERS}}})", "{{job}}"),
        unit=COUNT,
    )
    sent = lines(
        Words(
            "Sent",
            "Events given to the broker each second. With an error in the legend: not confirmed, tried again.",
            NO_EVENTS,
        ),
        Metric(
            rate("messaging_client_sent_messages_total", WORKERS, "job", "error_type"),
            "{{job}} {{error_type}}",
        ),
        unit=PER_SECOND,
    )
    confirm = lines(
        Words(
            "Confirmed within",
            "How long the broker takes to confirm a batch, 95th percentile. Queues are written to disk first.",
            NO_EVENTS,
        ),
        Metric(
            quantile(0.95, "messaging_client_operation_duration_seconds", WORKERS, "job"),
            "{{job}}",
        ),
        unit=SECONDS,
    )
    return Row("Does it leave?", (pending, sent, confirm))


def working() -> Row:
    """From the queue to the effect."""
    return Row("Is it worked off?", (_queue(), _workers(), _processing(), _waiting()))


def failing() -> Row:
    """What does not succeed at once."""
    outcomes = lines(
        Words(
            "Outcomes",
            "Deliveries each second by how they ended. `duplicate` is harmless: known, and without effect.",
            NO_EVENTS,
            runbook="EventsDeadLettered",
        ),
        Metric(
            rate("messaging_client_consumed_messages_total", WORKERS, "job", "outcome"),
            "{{job}} {{outcome}}",
        ),
        unit=PER_SECOND,
        width=12,
    )
    waiting = lines(
        Words(
            "Waiting to be tried again",
            "Events that failed and wait out their delay, by queue; and the dead letters.",
            NO_EVENTS,
            runbook="EventsDeadLettered",
        ),
        Metric(f"sum by (queue) (rabbitmq_queue_messages{{{RETRY}}})", "{{queue}}"),
        Metric(f"sum by (queue) (rabbitmq_queue_messages{{{DEAD}}})", "{{queue}}"),
        unit=COUNT,
        width=12,
    )
    return Row("What fails?", (outcomes, waiting))


def _queue() -> Panel:
    return lines(
        Words(
            "Queue length",
            "Events that wait or are in work. It rises when more comes in than the workers can do.",
            NO_EVENTS,
            runbook="EventsQueueGrows",
        ),
        Metric(f"sum by (queue) (rabbitmq_queue_messages{{{QUEUES}}})", "{{queue}}"),
        unit=COUNT,
        width=12,
    )


def _workers() -> Panel:
    return lines(
        Words(
            "Workers",
            "Desired (what the scaler wants) and ready, for both workers. The services' own replicas stay apart.",
            "No scaler is known",
            runbook="EventsQueueGrows",
        ),
        Metric(
            'kube_horizontalpodautoscaler_status_desired_replicas{horizontalpodautoscaler=~".+-worker"}',
            "{{horizontalpodautoscaler}} desired",
        ),
        Metric(
            'kube_deployment_status_replicas_ready{deployment=~".+-worker"}', "{{deployment}} ready"
        ),
        unit=COUNT,
        width=12,
    )


def _processing() -> Panel:
    return lines(
        Words(
            "Processing time, 95th percentile",
            "What one delivery takes, its effect and its settlement included.",
            NO_EVENTS,
            runbook="EventsQueueGrows",
        ),
        Metric(
            quantile(
                0.95, "messaging_process_duration_seconds", WORKERS, "messaging_destination_name"
            ),
            "{{messaging_destination_name}}",
        ),
        unit=SECONDS,
        width=12,
    )


def _waiting() -> Panel:
    return distribution(
        Words(
            "Time in queue",
            "From sending to processing, a retry's delay not counted. The darker, the more events.",
            NO_EVENTS,
            runbook="EventsQueueGrows",
        ),
        Metric(rate("events_time_in_queue_seconds_bucket", WORKERS, "le"), "{{le}}"),
        unit=SECONDS,
    )
