"""How much of anything a signal takes. What is beyond is cut, and says so with an ellipsis.

Lengths are in characters.
"""

from typing import Final

# What a client decides: a hostile header must not fill the queue.
LONGEST_VALUE: Final = 1024
# What an application says: an event, a message, an attribute.
LONGEST_TEXT: Final = 4096
# A stack keeps its beginning and its end, where the exception is.
LONGEST_STACK: Final = 16_384
LONGEST_NAME: Final = 256
# All attributes of a span, with its events and links, or of a log line.
LARGEST_ITEM: Final = 65_536
MOST_ATTRIBUTES: Final = 128
MOST_EVENTS: Final = 128
MOST_LINKS: Final = 128
# Values in one list or mapping, and lists and mappings in one another.
MOST_VALUES: Final = 128
DEEPEST: Final = 8
# Longer texts are not kept in any cache.
LONGEST_CACHED: Final = 512
