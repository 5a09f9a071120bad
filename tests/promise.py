"""Checks the promise from outside: each article stands once in its channel, in order.

It reads what the stand-ins showed and what was promised, and knows nothing else of the bot. An
article is recognised by a token in its title, `A17-0042`, wherever a message says it; a message
may hold several articles.
"""

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.sandbox.discord import Change, DiscordStandIn
from bots.sandbox.slack import SlackStandIn

_TOKEN = re.compile(r"(?<![0-9A-Z])A\d+-\d+")
_EXAMPLES = 3

Promised = Mapping[str, Sequence[str]]
"""By channel, the tokens of the articles that should stand there, in order."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An article in a message: when it was posted (seconds since 1970), and where."""

    at: float
    channel: str
    article: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, each defect as a short sentence."""

    duplicates: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    out_of_order: tuple[str, ...] = ()
    uninvited: tuple[str, ...] = ()
    """Articles in channels to which they were not promised."""

    @property
    def is_kept(self) -> bool:
        """Nothing is wrong."""
        return not (self.duplicates or self.lost or self.out_of_order or self.uninvited)

    def __str__(self) -> str:
        kinds = {
            "duplicates": self.duplicates,
            "lost": self.lost,
            "out of order": self.out_of_order,
        }
        if self.uninvited:
            kinds["uninvited"] = self.uninvited
        counts = ", ".join(f"{kind} {len(defects)}" for kind, defects in kinds.items())
        examples = (defect for defects in kinds.values() for defect in defects[:_EXAMPLES])
        return "\n".join([counts, *examples])


class Log:
    """Everything that ever stood in the channels of the stand-ins it watches, in order."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._grown = asyncio.Event()

    def watch_discord(self, discord: DiscordStandIn) -> None:
        """Keep what is posted there from now on."""
        discord.watch(self._on_discord)

    def watch_slack(self, slack: SlackStandIn) -> None:
        """Keep what is posted there from now on."""
        slack.watch(self._on_slack)

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something about this log is true; it is asked after every message."""
        while not happened():
            self._grown.clear()
            await self._grown.wait()

    def _on_discord(self, change: Change) -> None:
        if change["kind"] == "created" and not change["seen_by"]:
            at = datetime.fromisoformat(change["message"]["timestamp"]).timestamp()
            self._keep(at, change["channel_id"], change["message"])

    def _on_slack(self, change: dict[str, Any]) -> None:
        if change["kind"] == "posted" and not change["seen_by"]:
            self._keep(float(change["message"]["ts"]), change["channel"], change["message"])

    def _keep(self, at: float, channel: str, message: object) -> None:
        self.seen += [Seen(at, channel, article) for article in articles_in(message)]
        self._grown.set()


def articles_in(message: object) -> list[str]:
    """Return the tokens of the articles that a message shows, in order, each once.

    One title may stand in a message several times: as a link, as a text for screen readers.
    """
    return list(dict.fromkeys(_TOKEN.findall(json.dumps(message, ensure_ascii=False))))


def check(seen: Iterable[Seen], promised: Promised) -> Verdict:
    """Return what is wrong with what was seen, in the order in which it was posted."""
    stood: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        stood[one.channel].append(one)
    return Verdict(
        duplicates=tuple(_duplicates(stood)),
        lost=tuple(_lost(stood, promised)),
        out_of_order=tuple(_out_of_order(stood, promised)),
        uninvited=tuple(_uninvited(stood, promised)),
    )


def _duplicates(stood: Mapping[str, Sequence[Seen]]) -> Iterator[str]:
    """Give each copy beyond the first."""
    for channel, there in stood.items():
        times = Counter[str]()
        for one in there:
            times[one.article] += 1
            if times[one.article] > 1:
                first = next(other.at for other in there if other.article == one.article)
                yield f"{one.article} stands again in {channel}, {one.at - first:.1f} s later"


def _lost(stood: Mapping[str, Sequence[Seen]], promised: Promised) -> Iterator[str]:
    for channel, articles in promised.items():
        there = {one.article for one in stood.get(channel, ())}
        yield from (f"{a} never stood in {channel}" for a in articles if a not in there)


def _out_of_order(stood: Mapping[str, Sequence[Seen]], promised: Promised) -> Iterator[str]:
    """Give each article that first stood after one that was promised later."""
    for channel, articles in promised.items():
        place = {article: number for number, article in enumerate(articles)}
        last = ""
        for article in dict.fromkeys(one.article for one in stood.get(channel, ())):
            if article not in place:
                continue
            if last and place[article] < place[last]:
                yield f"{article} came after {last} in {channel}"
            else:
                last = article


def _uninvited(stood: Mapping[str, Sequence[Seen]], promised: Promised) -> Iterator[str]:
    for channel, there in stood.items():
        expected = frozenset(promised.get(channel, ()))
        yield from (f"{o.article} stands in {channel}" for o in there if o.article not in expected)
