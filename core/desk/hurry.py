"""How many commands a person may give in a short time, so that nobody slows all others down."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.posting import Address


@dataclass(frozen=True, slots=True)
class Limit:
    """So many commands within so long."""

    most: int
    within: timedelta


SOON = Limit(10, timedelta(seconds=10))
LATELY = Limit(60, timedelta(minutes=1))
"""Of one person in one workspace. A crowd of different people is none in a hurry."""

_MOST_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime

    def fill(self, limit: Limit, now: datetime) -> None:
        gained = (now - self.at) / limit.within * limit.most
        self.left, self.at = min(limit.most, self.left + max(gained, 0.0)), now

    def wait(self, limit: Limit) -> timedelta:
        return max(timedelta(), (1 - self.left) / limit.most * limit.within)


@dataclass(frozen=True, slots=True)
class TooFast:
    """A command that is not answered: by which limit, and for how long none is."""

    limit: Limit
    wait: timedelta


class Hurry:
    """Counts commands by who gives them. Kept in memory, of those who did last."""

    def __init__(self, limits: tuple[Limit, ...] = (SOON, LATELY)) -> None:
        self._limits = limits
        self._people: OrderedDict[tuple[str, str, str], list[_Bucket]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._people)

    def take(self, person: str, place: Address, now: datetime) -> TooFast | None:
        """Count one command of a person; or return why it is not answered now."""
        who = (place.platform, place.workspace, person)
        buckets = self._people.setdefault(who, [_Bucket(limit.most, now) for limit in self._limits])
        self._people.move_to_end(who)
        while len(self._people) > _MOST_KEPT:
            self._people.popitem(last=False)
        for bucket, limit in zip(buckets, self._limits, strict=True):
            bucket.fill(limit, now)
            if bucket.left < 1:
                return TooFast(limit, bucket.wait(limit))
        for bucket in buckets:
            bucket.left -= 1
        return None
