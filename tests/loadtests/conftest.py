"""Load tests import their neighbours by bare name, as Locust runs them from any folder."""

import os
import sys
from pathlib import Path

# Locust's import would replace sockets and threads in the whole test process. Children that run
# Locust for real must not inherit the wish.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]

sys.path.insert(0, str(Path(__file__).parents[2] / "loadtests"))
