import io

from rich.console import Console

from lab.toolchain.components import Component
from lab.toolchain.progress import show


def run(component: Component, console: Console) -> None:
    with show(component, console) as progress:
        progress.note("downloading a thing")
        progress.packages(100)
        for _ in range(100):
            progress.compiled()


def test_a_log_gets_a_line_at_the_start_and_one_each_quarter(component: Component) -> None:
    output = io.StringIO()
    run(component, Console(file=output))
    assert output.getvalue().splitlines() == [
        "building gadget 1.4.0 (about 10 s the first time)",
        "  gadget 1.4.0: 25 of 100 packages",
        "  gadget 1.4.0: 50 of 100 packages",
        "  gadget 1.4.0: 75 of 100 packages",
        "  gadget 1.4.0: 100 of 100 packages",
    ]


def test_a_terminal_gets_a_bar(component: Component) -> None:
    output = io.StringIO()
    run(component, Console(file=output, force_terminal=True, width=100))
    assert "100/100" in output.getvalue()
