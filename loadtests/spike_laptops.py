"""A spike at laptops, a steady load on port: `locust -f loadtests/spike_laptops.py`."""

import session
import shapes
import users


class LaptopsUser(users.LaptopsUser):
    """The target: the shape starts and stops these."""


class PortUser(users.PortUser):
    """The control: the same users from the first second to the last (`--control-users`)."""

    fixed_count = 10


class Spike(shapes.SpikeShape):
    """Warm-up, baseline, spike, recovery."""


session.spike()
