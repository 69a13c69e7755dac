"""Lets the tests of experiments share a run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
