"""A steady load on both services: `locust -f loadtests/steady.py -u 20`.

Each user sends one request a second; half of the users go to each service.
"""

import session
import users


class LaptopsUser(users.LaptopsUser):
    """Reads and writes laptops."""


class PortUser(users.PortUser):
    """Reads and writes ports."""


session.steady()
