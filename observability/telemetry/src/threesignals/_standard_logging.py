"""Takes what libraries log through `logging`, and stays out of the way of who configures it."""

import logging
from collections.abc import Iterable, Iterator

from threesignals._logs import Sink, StandardHandler


class Handlers(list[logging.Handler]):
    """The root logger's handlers, with one more that only a record finds.

    `logging.basicConfig` does nothing when there is a handler, and `dictConfig` removes those that
    it sees: neither is to see ours.
    """

    def __init__(self, handlers: Iterable[logging.Handler], hidden: logging.Handler) -> None:
        super().__init__(handlers)
        self.hidden = hidden

    def __iter__(self) -> Iterator[logging.Handler]:
        yield from super().__iter__()
        yield self.hidden


def capture(sink: Sink, level: int) -> None:
    """Send records of `level` and above to `sink`, in place of who took them before.

    The root logger lets them pass from then on, if it did not.
    """
    root = logging.getLogger()
    handler = StandardHandler(sink)
    handler.setLevel(level)
    if isinstance(root.handlers, Handlers):
        root.handlers.hidden = handler
    else:
        root.handlers = Handlers(root.handlers, handler)
    if root.level > level:
        root.setLevel(level)
