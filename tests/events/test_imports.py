import subprocess
import sys

LOADED = "import sys, events; print([name for name in sys.modules if 'aio' in name])"


def test_a_service_that_records_events_does_not_load_the_brokers_client() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
