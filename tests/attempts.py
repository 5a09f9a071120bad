"""Attempts of the authorisation matrix at a stand-in: who asks for what, and in which way."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

Way = Callable[[Any, Any, str], Awaitable[None]]
"""Lets a person at a place ask for words, and returns when they have their answer."""


@dataclass(frozen=True)
class Attempt:
    """Somebody asks for something in a way, and the table lets that have an effect or not."""

    role: str
    words: str
    name: str
    way: Way
    may: bool = True

    async def has_effect(self, place: Any) -> bool:
        """Ask so, return whether anything changed, and put it back."""
        await self.way(place, place.people[self.role], self.words)
        return bool(await place.changes())

    def __str__(self) -> str:
        return f"{self.role} asks for {self.words!r} by {self.name}"


async def wrong_ones(place: Any, attempts: Iterable[Attempt]) -> list[str]:
    """Return the attempts of which there comes something else than the table says."""
    return [str(it) for it in attempts if await it.has_effect(place) != it.may]


def in_short(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return for each role one attempt of each way, each with other words than the one before."""
    alike = defaultdict[str, dict[str, list[Attempt]]](dict)
    for it in attempts:
        alike[it.role].setdefault(it.name, []).append(it)
    return [
        same[(role + way) % len(same)]
        for role, ways in enumerate(alike.values())
        for way, same in enumerate(ways.values())
    ]


def pairs(attempts: Iterable[Attempt]) -> set[tuple[str, str]]:
    """Return which roles, words and ways meet in these attempts, two by two."""
    met = [(it.role, it.words, it.name) for it in attempts]
    return {
        pair for role, words, name in met for pair in ((role, words), (role, name), (words, name))
    }
