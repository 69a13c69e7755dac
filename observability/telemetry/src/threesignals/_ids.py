"""Random bits for the ids of traces and spans, from a generator that nobody else uses.

The operating system seeds it, and seeds it anew in a forked child. An application that seeds the
global generator, to repeat its own dice, does not repeat ids.
"""

import os
from random import Random

_generator = Random()  # noqa: S311 (unique, not secret)
getrandbits = _generator.getrandbits
os.register_at_fork(after_in_child=_generator.seed)
