"""A bad network and a slow server: connections that break and requests that wait, by chance."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request."""

    is_dropped: bool = False
    """The connection breaks as soon as the request is read."""
    is_carried_out: bool = True
    lag: float = 0.0
    """How many seconds pass before it is carried out, whether or not anyone still waits."""


class Disturbance:
    """Decides by chance what becomes of requests; the same `seed` decides the same.

    `drops` is the share of connections that break, half of them though the request is carried
    out. It is carried out up to `lag` seconds late, evenly spread.
    """

    def __init__(self, *, drops: float, lag: float, seed: int) -> None:
        self._drops = drops
        self._lag = lag
        self._random = Random(seed)  # noqa: S311 (it guards nothing, and can be repeated)

    def fate(self) -> Fate:
        """Return what becomes of the next request."""
        lag = self._random.uniform(0, self._lag)
        is_dropped = self._random.random() < self._drops
        is_carried_out = not is_dropped or self._random.random() < 0.5  # noqa: PLR2004 (half)
        return Fate(is_dropped, is_carried_out, lag)
