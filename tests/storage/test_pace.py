"""The rate at which the archive is read again."""

from storage.fixity import Pace


class Clock:
    """Time that passes by sleeping only, unless a test lets it pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_reading_is_held_to_the_rate_and_what_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace(1000, clock=lambda: clock.now, sleep=clock.sleep)
    for _ in range(10):
        pace.spent(500)
    assert clock.now == 105.0
    clock.now += 60
    pace.spent(2000)
    assert clock.now == 167.0
