"""Keep secrets out of signals: by the name of a key, and by what a text looks like."""

import re

from threesignals._limits import LONGEST_CACHED
from threesignals._rules import SECRET_NAMES, SECRET_TEXTS, Rule
from threesignals.names import REDACTED

_MOST_NAMES = 2048


def _compiled(rule: Rule) -> re.Pattern[str]:
    start = f"(?<![{rule.not_after}])" if rule.not_after else ""
    return re.compile(start + rule.pattern, re.ASCII)


_NAMES = [(rule.literal, _compiled(rule).search) for rule in SECRET_NAMES]
_TEXTS = [(rule.needs or rule.literal, _compiled(rule).sub) for rule in SECRET_TEXTS]
# Every rule for texts needs one of these; most texts have none.
SUSPECT = (
    r"[=:@\"']|--|-u |earer|EARER|asic|ASIC|hooks|Failing|\[generated|\[cached"
    r"|[A-Za-z0-9_-]{16}|[0-9][ -][0-9]{4}|[A-Z]{2}[0-9]{2}"
)
_suspect = re.compile(SUSPECT, re.ASCII).search
_known: dict[str, bool] = {}


def is_secret(key: str) -> bool:
    """Tell whether a value under this key must not be shown."""
    known = _known.get(key)
    if known is None:
        known = any(literal in key and matches(key) for literal, matches in _NAMES)
        _remember(key, known)
    return known


def _remember(key: str, secret: bool) -> None:
    if len(key) <= LONGEST_CACHED:
        if len(_known) >= _MOST_NAMES:
            _known.clear()
        _known[key] = secret


def redact_text(text: str) -> str:
    """Replace what looks like a secret in free text."""
    if _suspect(text):
        for literal, substitute in _TEXTS:
            if literal in text:
                text = substitute(_hide, text)
    return text


def _hide(match: re.Match[str]) -> str:
    """Replace the groups of a match, or all of it when it has none."""
    shown, at, found = [], match.start(), match.group()
    for number in range(1, len(match.groups()) + 1):
        start, end = match.span(number)
        if start >= 0:
            shown += [found[at - match.start() : start - match.start()], REDACTED]
            at = end
    return "".join(shown) + found[at - match.start() :] if shown else REDACTED
