"""Locust's page answers its own user and no other page."""

import pytest
from flask import Flask

import guard

OWN = "http://127.0.0.1:8089"


@pytest.mark.parametrize(
    ("base", "origin", "status"),
    [
        (OWN, None, 200),
        (OWN, OWN, 200),
        ("http://localhost:8089", "http://localhost:8089", 200),
        (OWN, "https://evil.example", 403),
        (OWN, "http://127.0.0.1:9000", 403),
        (OWN, "null", 403),
        ("http://evil.example:8089", None, 403),
        ("http://evil.example:8089", "http://evil.example:8089", 403),
    ],
)
def test_only_its_own_page_under_its_own_name_may_start_a_swarm(
    base: str, origin: str | None, status: int
) -> None:
    app = Flask(__name__)
    app.before_request(guard.refuse_strangers)
    app.add_url_rule("/swarm", view_func=lambda: "swarming", methods=["POST"])

    headers = {"Origin": origin} if origin else {}
    answer = app.test_client().post("/swarm", base_url=base, headers=headers)

    assert answer.status_code == status
