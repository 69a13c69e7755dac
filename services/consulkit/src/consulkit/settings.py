"""How a process reaches Consul, under the names that Consul's own tools read."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ConsulSettings(BaseModel):
    """Without an address nothing registers, nothing is discovered and no setting changes."""

    model_config = ConfigDict(frozen=True)

    consul_http_addr: Annotated[str, Field(pattern=r"^$|^https?://\S+$")] = ""
    consul_http_token: SecretStr = SecretStr("")
    consul_http_token_file: Path | None = None

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the environment. Raises ValidationError."""
        named = {name: environment.get(name.upper()) for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in named.items() if value})

    @property
    def token(self) -> SecretStr:
        """The ACL token: from the file, if one is named, else from the environment."""
        if self.consul_http_token_file is not None:
            return SecretStr(self.consul_http_token_file.read_text().strip())
        return self.consul_http_token
