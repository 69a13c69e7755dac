"""The services' README lists every setting with its default, and no other."""

import re
from pathlib import Path

import laptops.settings
import port.settings

README = Path(__file__).parents[2] / "services" / "README.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \|", re.MULTILINE)


def test_the_readme_lists_every_setting_of_both_services() -> None:
    documented = {name for name, _ in ROW.findall(README.read_text())}

    known = laptops.settings.Settings.model_fields | port.settings.Settings.model_fields
    assert documented == {name.upper() for name in known}


def test_the_readme_tells_the_defaults() -> None:
    documented = dict(ROW.findall(README.read_text()))

    for settings in (laptops.settings.Settings(), port.settings.Settings()):
        for name, value in settings.model_dump().items():
            assert told(value) in documented[name.upper()]


def told(value: object) -> str:
    if value is None:
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
