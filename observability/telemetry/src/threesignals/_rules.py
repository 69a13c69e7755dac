r"""What a secret looks like: the one table, for the process and for the collector.

A name says that its value is a secret (`SECRET_NAMES`), or a text contains one (`SECRET_TEXTS`).
A process replaces the groups of a match by `[redacted]`, the collector the whole match by `****`.
The patterns are in the syntax that Python and RE2 share; a test holds the collector's against them.

Each pattern begins with a literal, which is found many times faster than a pattern that may begin
with anything. That is why a word appears without its first letter and a second time in capitals:
`assw` finds `password`, `Password`, `dbPasswd`.
"""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """One pattern: a text without `literal`, or without `needs` in its place, does not match it.

    `not_after` is a class of characters. It changes no match, since none of them comes before one;
    it spares Python's engine, unlike RE2's, from trying again at each of them.
    """

    literal: str
    rest: str
    not_after: str = ""
    needs: str = ""

    @property
    def pattern(self) -> str:
        """The expression as the collector has it."""
        return re.sub(r"([^\w ,:'@/=-])", r"\\\1", self.literal) + self.rest


# What may follow such a word without making the value harmless: `password_new` holds a password,
# `password_length` does not.
_REST = (
    r"(?:[-_. ]?(?i:base|code|confirm|confirmation|current|dev|encrypted|hash|header|id|jar|key|"
    r"new|old|plain|prod|raw|repeat|test|text|value|[0-9]+))*"
)
_KEYS = r"[-_. ]?(?i:keys?)" + _REST
_KEYS_OR_TOKENS = r"[-_. ]?(?i:(?:key|token)s?)" + _REST

# Words whose values are secrets however they are written.
_STRONG = (
    ("assw", "(?:or)?ds?" + _REST), ("ASSW", "(?:OR)?DS?" + _REST),
    ("assphrase", _REST), ("ASSPHRASE", _REST), ("asscode", _REST), ("pwd", ""),
    ("ecret", "s?" + _REST), ("ECRET", "S?" + _REST),
    ("pi", _KEYS_OR_TOKENS), ("PI", _KEYS_OR_TOKENS),
    ("ccess", _KEYS_OR_TOKENS), ("CCESS", _KEYS_OR_TOKENS),
    ("uth", _KEYS_OR_TOKENS), ("UTH", _KEYS_OR_TOKENS),
    ("efresh", _KEYS_OR_TOKENS), ("rivate", _KEYS), ("RIVATE", _KEYS), ("igning", _KEYS),
    ("IGNING", _KEYS), ("ncryption", _KEYS), ("NCRYPTION", _KEYS), ("aster", _KEYS),
    ("ccount", _KEYS), ("ssh", _KEYS), ("eploy", _KEYS),
)  # fmt: skip
# Words that are also said in passing ("unexpected token: end of file").
_WEAK = (
    ("redential", "s?" + _REST), ("REDENTIAL", "S?" + _REST), ("oken", _REST), ("OKEN", _REST),
    ("ession", _REST), ("ESSION", _REST), ("essid", ""), ("ESSID", ""), ("sid", ""),
    ("ignature", _REST), ("jwt", _REST), ("JWT", _REST), ("srf", ""), ("SRF", ""),
    ("asic_auth", ""), ("otp", ""), ("cvv", "2?"), ("cvc", ""), ("ssn", ""),
)  # fmt: skip
_HEADERS = (
    ("uthorization", _REST),
    ("UTHORIZATION", _REST),
    ("ookie", "s?" + _REST),
    ("OOKIE", "S?"),
)
# Names only: in a text they come with their values, which have rules of their own.
_NAMES = (
    ("iban", ""), ("IBAN", ""), ("_PWD", ""), ("card", "[-_. ]?(?i:num|number|no)"),
    ("Card", "[-_. ]?(?i:num|number|no)"), ("edit", "[-_. ]?(?i:card)"),
    ("ayment", "[-_. ]?(?i:card)"),
)  # fmt: skip
# As names, short words stand alone: `pin`, `user_pin`, not `spin`.
_ALONE = ("sid", "pin", "otp")

SECRET_NAMES = (
    *(Rule(literal, rest + "$") for literal, rest in (*_STRONG, *_WEAK, *_HEADERS, *_NAMES)
      if literal not in _ALONE),
    *(Rule("", f"^{word}$") for word in _ALONE),
    *(Rule(before + word, "$") for word in _ALONE for before in "_.-"),
    Rule("totp", "$"),
)  # fmt: skip

# A quoted text, also inside one that is itself quoted, or a list or an object.
_STRING = r"""[bru]?"((?:[^"\\]|\\.)*)|[bru]?'((?:[^'\\]|\\.)*)|\\+["']([^"'\\]*)"""
_QUOTED = _STRING + r"|([\[{][^\]}]*[\]}]?)"
# But no placeholder of a statement: ? $1 %s %(name)s :name.
_BARE = (
    r"""([^\s,;&"'<>=\\?$%:][^\s,;&"'<>]*|\$[^\s,;&"'<>0-9][^\s,;&"'<>]*"""
    r"""|%[^\s,;&"'<>s(][^\s,;&"'<>]*|\?[^\s,;&"'<>)]+)"""
)
_WITH_DIGIT = r"""([^\s,;&"'<>=\\0-9]*[0-9][^\s,;&"'<>]*)"""
# name=value, name => value, "name": "value", headers["name"] = "value"
_IS = r"""\\*["']?\]?\s*=>?\s*|\\*["']\s*:\s*"""
# ("name", "value"), as lists of headers are shown
_PAIR = rf"""\\*["']\s*,\s*(?:{_STRING})"""
_SCHEME = r"(?i:apikey|aws4-hmac-sha256|basic|bearer|digest|hawk|negotiate|token) "
# At least eight letters, digits and signs that are no word: "basic authentication" is harmless.
_CREDENTIAL = (
    r"([\w.~+/=-]{3,}[0-9][\w.~+/=-]{3,}|[\w.~+/=-]{7,}[0-9]|[0-9][\w.~+/=-]{7,}"
    r"|[\w.~+/=-]*[a-z][A-Z][\w.~+/=-]{4,}|[\w.~+/=-]{20,})"
)
_STRONG_IN_TEXT = rf"(?:(?:{_IS}|: *)(?:{_QUOTED}|{_BARE})|{_PAIR})"
_WEAK_IN_TEXT = rf"(?:(?:{_IS})(?:{_QUOTED}|{_BARE})|: *(?:{_QUOTED}|{_WITH_DIGIT})|{_PAIR})"
_HEADER_IN_TEXT = (
    rf"""(?:(?:{_IS}|: *)(?:{_QUOTED}|({_SCHEME}[^\r\n&]+))"""
    rf"""|(?:{_IS})([^\s;&"'=][^\s;&"']*(?:; [^\s;&"']+)*)|{_PAIR}"""
    r"|: *([^\s=]+=[^\r\n]+)|: *([^\s]*[0-9][^\s]*))"
)

_IN_JSON = rf"""\\*["']\s*:\s*(?:{_STRING}|([0-9]+))"""

_COUNTRIES = (
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
    "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI",
    "SK", "TR",
)  # fmt: skip

SECRET_TEXTS = (
    *(Rule(literal, rest + _STRONG_IN_TEXT) for literal, rest in _STRONG),
    *(Rule(literal, rest + _WEAK_IN_TEXT) for literal, rest in _WEAK),
    *(Rule(literal, rest + _HEADER_IN_TEXT) for literal, rest in _HEADERS),
    # user:password@, :password@ and token@ in a URL; a password may have an @ or a / in it.
    Rule("://", r"""([^\s/?#"'<>]+|[^\s/?#@"'<>:\[]*:[0-9]*[^0-9\s/@"'<>][^\s@"'<>]{0,200})@"""),
    Rule(":", r"([^\s:@/]+)@(?:tcp|unix)\("),
    Rule("pin", r"""\\*["']?\s*[=:]\s*["']?([0-9]{3,})"""),
    *(Rule(literal, rest + _IN_JSON) for literal, rest in (*_NAMES, ("pin", ""))),
    # The working directory is no secret.
    Rule("PWD", r"""\\*["']?\s*[=:]\s*\\*["']?([^\s,;&"'<>=/\\][^\s,;&"'<>]*)"""),
    # A command's options.
    Rule("--", r"(?i:[a-z-]*(?:password|passphrase|secret|token|api-?key))[ =](\S+)", r"\w-"),
    Rule("-u ", r"[^\s:]+:(\S+)"),
    Rule("--user ", r"[^\s:]+:(\S+)"),
    Rule("sig=", r"([^&\s]+)"),
    # The schemes of an Authorization header.
    *(Rule(word, r"\s+" + _CREDENTIAL) for word in ("earer", "EARER", "asic", "ASIC")),
    # What databases say of the values in a statement.
    Rule("[parameters: ", r"([\s\S]*?)(?:\]\s*(?:\n|$)|$)"),
    Rule("[generated in ", r"[^\]\n]*\] ([^\n]+)"),
    Rule("[cached since ", r"[^\]\n]*\] ([^\n]+)"),
    Rule("Key (", r"[^)\n]*\)=\(([^\n]*)\)"),
    Rule("Failing row contains (", r"([^\n]*)\)"),
    Rule("Duplicate entry '", r"([^\n]*)' for key"),
    # Keys and tokens whose makers gave them a form.
    Rule("eyJ", r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", r"\w-"),  # JWT
    Rule("-----BEGIN ", r"[A-Z ]*PRIVATE KEY[A-Z ]*-----(?:[^-]|-[^-])*(?:-----END [A-Z ]*-----)?"),
    Rule("AKIA", "[A-Z0-9]{16}"), Rule("ASIA", "[A-Z0-9]{16}"),
    *(Rule(f"gh{kind}_", "[A-Za-z0-9]{30,}") for kind in "pousr"),
    Rule("github_pat_", "[A-Za-z0-9_]{30,}"), Rule("glpat-", r"[\w-]{20,}"),
    *(Rule(f"xox{kind}-", "[A-Za-z0-9-]{10,}") for kind in "abeoprs"),
    Rule("hooks.slack.com/services/", r"[\w/]+"),
    *(Rule(kind, "_(?:live|test)_[A-Za-z0-9]{10,}") for kind in ("sk", "rk")),
    Rule("AIza", r"[\w-]{35}"), Rule("ya29.", r"[\w-]{20,}"),
    Rule("sk-", r"(?:(?:proj|ant|svcacct|or)-[\w-]{20,}|[A-Za-z0-9]{32,})"),
    Rule("npm_", "[A-Za-z0-9]{36}"), Rule("pypi-", r"[\w-]{50,}"), Rule("hf_", "[A-Za-z0-9]{30,}"),
    Rule("SG.", r"[\w-]{16,}\.[\w-]{16,}"), Rule("hvs.", r"[\w-]{20,}"),
    Rule("shpat_", "[0-9a-f]{32}"), Rule("dop_v1_", "[0-9a-f]{64}"),
    Rule("AGE-SECRET-KEY-", "1[A-Z0-9]{50,}"),
    # Personal data. Sixteen digits in a row may number an order; in groups they are a card.
    Rule("", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", r"\w.%+-", "@"),
    *(Rule(first, rf"{more}[ -]\d{{4}}[ -]\d{{4}}[ -]\d{{4}}\b")
      for first, more in (("4", r"\d{3}"), ("5", r"[1-5]\d{2}"), ("6011", ""), ("65", r"\d{2}"))),
    Rule("34", r"\d{2}[ -]\d{6}[ -]\d{5}\b"), Rule("37", r"\d{2}[ -]\d{6}[ -]\d{5}\b"),
    *(Rule(country, r"\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
      for country in _COUNTRIES),
)  # fmt: skip
