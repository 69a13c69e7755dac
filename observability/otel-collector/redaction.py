"""Writes the rules of redaction into collector.yaml, when it is run.

The rules are the process's own (`threesignals._rules`); a contract test fails when they differ.
"""

import re
from pathlib import Path

from threesignals._redaction import SUSPECT
from threesignals._rules import SECRET_NAMES, SECRET_TEXTS
from threesignals._values import SAFE_NAMES

CONFIG = Path(__file__).with_name("collector.yaml")
BLOCKS = {
    "ignored_keys": sorted(SAFE_NAMES),
    "blocked_key_patterns": [rule.pattern for rule in SECRET_NAMES],
    "blocked_values": [rule.pattern for rule in SECRET_TEXTS],
}


def render(config: str) -> str:
    """Return the configuration with the rules as they are now."""
    for key, values in BLOCKS.items():
        begin, end = f"    {key}:  # generated\n", f"    # {key} end here\n"
        block = begin + "".join(f"      - {_quoted(value)}\n" for value in values) + end
        config = _between(begin, end).sub(lambda _, block=block: block, config)
    return re.sub(r'(IsMatch\(\w+\.(?:event_)?name, )".*"\)$', _suspect, config, flags=re.M)


def _between(begin: str, end: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.S)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _suspect(match: re.Match[str]) -> str:
    pattern = SUSPECT.replace("\\", "\\\\").replace('"', '\\"')
    return f'{match[1]}"{pattern}")'


def main() -> None:
    """Write them."""
    CONFIG.write_text(render(CONFIG.read_text()))


if __name__ == "__main__":
    main()
