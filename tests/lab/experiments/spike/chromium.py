"""A headless Chromium that loads a page and says what it made of it."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

# Without these, Chromium asks for updates and looks up hosts at every start.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"

# The page lies in a frame of the width of a screen, because a headless window is never narrow.
FRAME = """<!doctype html><iframe id="screen" width="{width}" height="900" srcdoc="{page}"></iframe>
<script>
onload = () => {{
  const view = document.getElementById("screen").contentWindow, inside = view.document;
  const seen = (selector) => [...inside.querySelectorAll(selector)]
    .filter((e) => e.checkVisibility()).length;
  const chart = [...inside.querySelectorAll(".chart")].find((e) => e.offsetHeight > 0);
  const box = chart.getBoundingClientRect();
  chart.dispatchEvent(new view.PointerEvent("pointermove", {{clientX: box.left + box.width / 2}}));
  document.body.dataset.measured = JSON.stringify({{
    title: inside.title,
    width: inside.documentElement.scrollWidth,
    sections: seen("main > section"),
    charts: seen(".chart"),
    curves: [...chart.querySelectorAll(".curve")].map((e) => e.getTotalLength()),
    checks: seen("#h-checks ~ .scroll tbody tr"),
    bars: seen(".waterfall i"),
    background: view.getComputedStyle(inside.body).backgroundColor,
    readout: inside.getElementById("readout").textContent,
  }});
}};
</script>"""


@dataclass(frozen=True)
class Seen:
    """What the page looks like, and what it wrote to the console."""

    measured: dict[str, Any]
    console: list[str]


def load(html: str, folder: Path, *, width: int, scheme: str = LIGHT) -> Seen:
    """Load a page in a frame of `width` pixels; skip where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    file = folder / "frame.html"
    file.write_text(FRAME.format(width=width, page=escape(html)), encoding="utf-8")
    command = [program, *FLAGS, scheme, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, file.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {"HOME": str(folder)},
    )
    found = re.search(r'data-measured="([^"]*)"', done.stdout)
    assert found, done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(json.loads(unescape(found[1])), console)
