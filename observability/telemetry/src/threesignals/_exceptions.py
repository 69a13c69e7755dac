"""What an exception says, without secrets, within bounds, and without raising another."""

import traceback

from threesignals import names
from threesignals._limits import LONGEST_NAME
from threesignals._values import clean_stack, clean_text, type_name


def exception_attributes(raised: BaseException) -> dict[str, str]:
    """Describe an exception: its type, its message and its stack."""
    return {
        names.EXCEPTION_TYPE: qualified_name(type(raised)),
        names.EXCEPTION_MESSAGE: clean_text(raised),
        names.EXCEPTION_STACKTRACE: clean_stack(_stack(raised)),
    }


def _stack(raised: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(raised))
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        return f"[stack that cannot be shown: {type_name(failure)}]"


def qualified_name(kind: type) -> str:
    """Name a type as the conventions do: with its module, unless it is a built-in."""
    module = type.__dict__["__module__"].__get__(kind)
    name = clean_text(type.__dict__["__qualname__"].__get__(kind), LONGEST_NAME)
    if not isinstance(module, str) or module in {"builtins", "__main__"}:
        return name
    return f"{clean_text(module, LONGEST_NAME)}.{name}"
