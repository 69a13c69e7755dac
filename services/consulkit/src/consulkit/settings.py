"""How a process reaches Consul, under the names that Consul's own tools read."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsulSettings(BaseSettings):
    """Without an address nothing registers, nothing is discovered and no setting changes."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    consul_http_addr: Annotated[str, Field(pattern=r"^$|^https?://\S+$")] = ""
    consul_http_token: SecretStr = SecretStr("")
    consul_http_token_file: Path | None = None

    @property
    def token(self) -> SecretStr:
        """The ACL token: from the file, if one is named, else from the environment."""
        if self.consul_http_token_file is not None:
            return SecretStr(self.consul_http_token_file.read_text().strip())
        return self.consul_http_token
