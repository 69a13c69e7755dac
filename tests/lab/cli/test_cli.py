import sys
from pathlib import Path

import pytest

from lab import cli, stack
from lab.errors import LabError
from lab.processes.ports import Ports
from lab.stack.doctor import Requirement
from lab.stack.running import RunningStack


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningStack:
    found = RunningStack(tmp_path, Ports(), autoscale=True, supervisor_pid=1)
    monkeypatch.setattr(stack, "find_running", lambda: found)
    return found


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find_running", lambda: None)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command as a shell would and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["lab", *arguments])
    with pytest.raises(SystemExit) as exited:
        cli.main()
    return int(exited.value.code or 0)


@pytest.mark.usefixtures("running")
def test_up_when_up_says_so_and_is_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "up") == 0
    output = capsys.readouterr().out
    assert "The stack runs already." in output
    assert "http://127.0.0.1:5000/laptops" in output


@pytest.mark.usefixtures("running")
def test_url_prints_one_address_for_other_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "url", "jaeger") == 0
    assert capsys.readouterr().out == "http://127.0.0.1:16686\n"


@pytest.mark.usefixtures("running")
def test_url_names_the_parts_when_it_knows_no_such_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "url", "grafana") == 1
    assert "No part is called grafana. There are: laptops, port," in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_runs")
def test_an_expected_error_is_one_sentence_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise LabError("Port 5000 [laptops] is in use.")

    monkeypatch.setattr(stack, "up", fail)
    assert run(monkeypatch, "up") == 1
    assert capsys.readouterr().err == "error: Port 5000 [laptops] is in use.\n"


@pytest.mark.usefixtures("nothing_runs")
def test_the_options_of_up_reach_the_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[stack.Options] = []

    def start(options: stack.Options, _: object) -> RunningStack:
        seen.append(options)
        return RunningStack(tmp_path, Ports(), autoscale=False, supervisor_pid=1)

    monkeypatch.setattr(stack, "up", start)
    assert run(monkeypatch, "up", "--keep", "--sampled", "10", "--no-autoscale") == 0
    [options] = seen
    assert (options.keep, options.sampled_percent, options.autoscale) == (True, 10, False)


@pytest.mark.usefixtures("nothing_runs")
def test_status_without_a_stack_is_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "status") == 1
    assert "lab up" in capsys.readouterr().err


def test_logs_prints_the_end_of_a_processs_output_or_says_whose_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "consul.log").write_text("early\n[info] late\nlast\n")
    assert run(monkeypatch, "logs", "consul", "--lines", "2") == 0
    assert capsys.readouterr().out == "[info] late\nlast\n"
    assert run(monkeypatch, "logs", "nobody") == 1
    assert "No output of 'nobody'. There is: consul." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ran", "sentence"), [(True, "Stopped.\n"), (False, "Nothing was running.\n")]
)
def test_down_tells_whether_anything_ran_and_is_content_either_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ran: bool, sentence: str
) -> None:
    monkeypatch.setattr(stack, "down", lambda: ran)
    assert run(monkeypatch, "down") == 0
    assert capsys.readouterr().out == sentence


@pytest.mark.parametrize(("good", "status"), [(True, 0), (False, 1)])
def test_doctor_fails_when_something_is_missing_and_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], good: bool, status: int
) -> None:
    check = Requirement("jaeger", good, "not built", "Install Go.")
    monkeypatch.setattr(cli.checks, "examine", lambda: [check])
    assert run(monkeypatch, "doctor") == status
    assert ("Install Go." in capsys.readouterr().out) is not good


def test_a_wrong_option_is_status_2(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "up", "--nonsense") == 2


@pytest.mark.parametrize(
    "options", [("--engine", "compose"), ("--engine", "kubernetes"), ("--no-autoscale",)]
)
def test_an_option_that_an_experiment_does_not_take_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "spike", "events", *options) == 1
    refused = f"The experiment events does not take {options[0]}. Leave it out."
    assert capsys.readouterr().err == f"error: {refused}\n"


def test_an_experiment_that_is_not_in_the_table_is_refused_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "spike", "nothing") == 1
    refused = "There is no experiment 'nothing'. There are laptops, port, events."
    assert capsys.readouterr().err == f"error: {refused}\n"
