from tests.support.signals import RecordedSignals

from chassis.knobs import Knobs
from consulkit import Live, Metrics


def live(signals: RecordedSignals, metrics: Metrics, **initial: float) -> Live[Knobs]:
    return Live(Knobs(**initial), signals, metrics)


def test_a_change_applies_and_is_told(signals: RecordedSignals, metrics: Metrics) -> None:
    settings = live(signals, metrics)
    settings.update({"supplier_latency_seconds": "0.5"})
    assert settings.now().supplier_latency_seconds == 0.5
    assert signals.sample("config_generation") == 1
    assert signals.sample("config_last_applied_timestamp_seconds")
    (line,) = signals.lines
    assert line["event"] == "config.applied"
    assert (line["key"], line["old"], line["new"], line["generation"]) == (
        "supplier_latency_seconds", 0.0, 0.5, 1,
    )  # fmt: skip


def test_who_cannot_ask_is_told_of_a_change(signals: RecordedSignals, metrics: Metrics) -> None:
    told: list[Knobs] = []
    settings = Live(Knobs(), signals, metrics, told.append)
    for _ in range(2):
        settings.update({"log_level": "error"})
    assert [knobs.log_level for knobs in told] == ["error"]


def test_what_is_the_same_is_no_change(signals: RecordedSignals, metrics: Metrics) -> None:
    settings = live(signals, metrics)
    for _ in range(2):
        settings.update({"supplier_latency_seconds": "0.5"})
    assert signals.sample("config_generation") == 1


def test_a_bad_value_is_refused_and_the_old_one_stays(
    signals: RecordedSignals, metrics: Metrics
) -> None:
    settings = live(signals, metrics)
    settings.update({"supplier_latency_seconds": "0.5"})
    settings.update({"supplier_latency_seconds": "fast", "fault_error_share": "0.1"})
    assert settings.now().supplier_latency_seconds == 0.5
    assert settings.now().fault_error_share == 0.1, "the good value beside it applies"
    refused = [line for line in signals.lines if line["event"] == "config.refused"]
    assert [line["key"] for line in refused] == ["supplier_latency_seconds"]
    assert signals.sample("config_refused_total", {"key": "supplier_latency_seconds"}) == 1
    assert "fast" not in str(refused), "a value that does not validate may be anything"


def test_an_unknown_key_is_refused_under_one_label(
    signals: RecordedSignals, metrics: Metrics
) -> None:
    settings = live(signals, metrics)
    settings.update({"colour": "blue"})
    assert settings.now() == Knobs()
    assert signals.sample("config_refused_total", {"key": "<unknown>"}) == 1


def test_a_key_that_is_gone_is_again_what_the_environment_says(
    signals: RecordedSignals, metrics: Metrics
) -> None:
    settings = live(signals, metrics, supplier_latency_seconds=0.1)
    settings.update({"supplier_latency_seconds": "2"})
    settings.update({})
    assert settings.now().supplier_latency_seconds == 0.1
