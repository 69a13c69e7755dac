import os
import socket

import pytest

from lab.errors import LabError
from lab.stack import clashes


def test_a_taken_port_is_named_with_its_purpose_and_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LabError) as failure:
            clashes.require_free({port: "laptops"})
    assert f"Port {port} (laptops) is in use by " in str(failure.value)
    assert f"(process {os.getpid()})" in str(failure.value)
    assert "LAB_PORT_OFFSET" in str(failure.value)


def test_free_ports_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    clashes.require_free({port: "laptops"})
