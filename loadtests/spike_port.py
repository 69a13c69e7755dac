"""A spike at port, a steady load on laptops: `locust -f loadtests/spike_port.py`."""

import session
import shapes
import users


class PortUser(users.PortUser):
    """The target: the shape starts and stops these."""


class LaptopsUser(users.LaptopsUser):
    """The control: the same users from the first second to the last (`--control-users`)."""

    fixed_count = 10


class Spike(shapes.SpikeShape):
    """Warm-up, baseline, spike, recovery."""


session.spike()
