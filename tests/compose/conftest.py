"""What needs a Docker engine is collected only when that is asked for: `make compose-test`."""

import os

collect_ignore = [] if os.environ.get("LAB_TEST_DOCKER") else ["stack"]
