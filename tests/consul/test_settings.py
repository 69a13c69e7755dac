from pathlib import Path

import pytest

from consulkit import ConsulError, ConsulSettings
from consulkit.client import Consul


def test_the_token_comes_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "from-environment")
    assert ConsulSettings.from_env().token.get_secret_value() == "from-environment"
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("CONSUL_HTTP_TOKEN_FILE", str(tmp_path / "token"))
    assert ConsulSettings.from_env().token.get_secret_value() == "from-file"


def test_the_token_is_in_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "sesame")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "http://127.0.0.1:1")
    settings = ConsulSettings.from_env()
    with pytest.raises(ConsulError) as failed:
        Consul(settings).values("laptop-lab/")
    assert "sesame" not in repr(settings) + str(failed.value) + repr(failed.value)
