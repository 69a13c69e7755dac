from lab.waiting import Waiting


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def waiting(self) -> Waiting:
        return Waiting(clock=lambda: self.now, sleep=self.sleep)
