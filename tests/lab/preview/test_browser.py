"""The page in a real browser: charts are drawn, one dashboard at a time, in light and dark."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from tests.lab.preview.fakes import NOW, Backends, matrix, vector

from lab.preview import pictures
from lab.preview.model import committed
from lab.preview.page import render
from lab.preview.pictures import Picture

CHROMIUM = next(filter(None, map(shutil.which, pictures.BROWSERS)), None)
LABELS = {"job": "laptops", "le": "0.5"}
DATA = {
    "/api/v1/query_range": matrix((LABELS, [(NOW - 60, "1"), (NOW - 30, "3"), (NOW, "2")])),
    "/api/v1/query": vector((LABELS, "1")),
    "/api/v1/query_exemplars": {"data": []},
    "/api/traces": {"data": []},
    "/select/logsql/query": [],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    path = tmp_path_factory.mktemp("page") / "dashboards.html"
    path.write_text(render(committed(), Backends(DATA), 300))
    return path


def drawn(page: Path, view: str) -> str:
    """Return the page's elements after its scripts have run."""
    command = [CHROMIUM or "", *pictures.FLAGS, "--virtual-time-budget=8000", "--dump-dom"]
    done = subprocess.run(
        [*command, f"file://{page}#{view}"], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("view", ["lab-overview", "lab-scaling", "lab-service-port"])
def test_every_chart_of_a_dashboard_is_drawn(page: Path, view: str) -> None:
    html = drawn(page, view)
    shown = html[html.index('class="shown"') :]
    shown = shown[: shown.index("</section>")]

    assert html.count('class="shown"') == 1
    assert f'data-view="{view}"' in html[: html.index('class="shown"')][-60:]
    assert shown.count("js-plotly-plot") == shown.count("data-figure") > 4


def test_a_picture_has_the_asked_size_and_dark_differs_from_light(
    page: Path, tmp_path: Path
) -> None:
    light = Picture(name="light", view="lab-overview", height=700)
    dark = Picture(name="dark", view="lab-overview", height=700, dark=True)

    for picture in (light, dark):
        pictures.take(page, picture, tmp_path / f"{picture.name}.png")

    content = (tmp_path / "light.png").read_bytes()
    assert struct.unpack(">II", content[16:24]) == (pictures.WIDTH, 700)
    assert content != (tmp_path / "dark.png").read_bytes()


def test_every_picture_shows_a_view_of_the_page(page: Path) -> None:
    html = page.read_text()

    assert [p.view for p in pictures.PICTURES if f'data-view="{p.view}"' not in html] == []
