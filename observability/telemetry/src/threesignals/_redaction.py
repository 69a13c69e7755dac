"""Keep secrets out of signals: by the name of a key, and by what a value looks like."""

import re
from collections.abc import Mapping
from typing import Any

from threesignals.names import REDACTED

# A key that contains one of these words, whatever separates them, has a secret value.
SECRET_WORDS = (
    "authorization",
    "cookie",
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "credential",
    "private_key",
    "signature",
    "session",
)
_SECRET_KEY = re.compile("|".join(word.replace("_", "[-_.]?") for word in SECRET_WORDS), re.I)
_SECRET_VALUE = re.compile(
    r"(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"  # an Authorization header
    r"|(?P<url>\b[a-z][\w+.-]{1,20}://)[^\s/@:]+:[^\s/@]+@"  # user:password@ in a URL
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",  # a JSON web token
    re.I,
)


def is_secret(key: str) -> bool:
    """Tell whether a value under this key must not be shown."""
    return _SECRET_KEY.search(key) is not None


def redact_text(text: str) -> str:
    """Replace what looks like a credential in free text."""
    return _SECRET_VALUE.sub(_keep_prefix, text)


def _keep_prefix(match: re.Match[str]) -> str:
    url = match["url"]
    return f"{url}{REDACTED}@" if url else f"{match['scheme'] or ''}{REDACTED}"


def redact_query(query: str) -> str:
    """Replace the values of secret parameters in a URL's query string."""
    if not query:
        return query
    return "&".join(_redact_parameter(parameter) for parameter in query.split("&"))


def _redact_parameter(parameter: str) -> str:
    key, equals, _ = parameter.partition("=")
    return f"{key}{equals}{REDACTED}" if equals and is_secret(key) else redact_text(parameter)


def redact_url(url: str) -> str:
    """Take user, password and the values of secret parameters out of a URL."""
    address, mark, query = redact_text(url).partition("?")
    return f"{address}{mark}{redact_query(query)}"


def redact(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy without secrets, into nested mappings and lists."""
    return {
        key: REDACTED if is_secret(key) else _redact_value(value) for key, value in values.items()
    }


def _redact_value(value: Any) -> Any:  # noqa: ANN401 (whatever a caller logs)
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return redact({str(key): item for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return [_redact_value(item) for item in value]
    return value
