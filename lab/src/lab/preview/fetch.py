"""Where the preview's data comes from: running backends, or what was recorded from them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Params = dict[str, str]


class Fetcher(Protocol):
    """Answers a GET of a backend's API."""

    @property
    def now(self) -> float:
        """The end of the time range, in seconds since the epoch."""
        ...

    def get(self, backend: str, path: str, params: Params) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON of the answer; for VictoriaLogs, the list of its lines."""
        ...


@dataclass
class LiveFetcher:
    """Asks running backends. `bases` gives each backend's address."""

    bases: Mapping[str, str]
    now: float
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def get(self, backend: str, path: str, params: Params) -> Any:  # noqa: ANN401 - any JSON
        """Ask; raise LabError when the backend is away or refuses the query."""
        url = self.bases[backend] + path
        try:
            response = self.client.get(url, params=params)
        except httpx.HTTPError as error:
            message = f"{backend} does not answer at {url}: {error}"
            raise LabError(message) from error
        if response.is_error:
            message = f"{backend} refuses {params}: {response.text.strip()}"
            raise LabError(message)
        return _decode(response)


@dataclass
class RecordingFetcher:
    """Passes questions on and keeps the answers."""

    inner: Fetcher
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> float:
        """The end of the time range that is recorded."""
        return self.inner.now

    def get(self, backend: str, path: str, params: Params) -> Any:  # noqa: ANN401 - any JSON
        """Ask and remember."""
        answer = self.inner.get(backend, path, params)
        self.answers[_key(backend, path, params)] = answer
        return answer

    def save(self, path: Path, seconds: float) -> None:
        """Write the answers about the last `seconds`, compressed, for `RecordedFetcher.load`."""
        recording = {"now": self.now, "seconds": seconds, "answers": self.answers}
        # No time of writing inside: the same recording is the same file.
        path.write_bytes(gzip.compress(json.dumps(recording, sort_keys=True).encode(), mtime=0))


@dataclass(frozen=True)
class RecordedFetcher:
    """Answers from a recording; a question that was not recorded has an empty answer."""

    now: float
    seconds: float
    answers: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> RecordedFetcher:
        """Read what `RecordingFetcher.save` wrote."""
        return cls(**json.loads(gzip.decompress(path.read_bytes())))

    def get(self, backend: str, path: str, params: Params) -> Any:  # noqa: ANN401 - any JSON
        """Look the answer up."""
        return self.answers.get(_key(backend, path, params), [])


def _decode(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    if "stream+json" in response.headers.get("content-type", ""):
        return [json.loads(line) for line in response.text.splitlines()]
    return response.json()


def _key(backend: str, path: str, params: Params) -> str:
    return f"{backend} {path} {json.dumps(params, sort_keys=True)}"
