"""A crowd in a stand-in, in a process of its own: all type at once, and it is timed what they see.

    python -m benchmarks.crowd discord|slack COMMANDS PREFIXES

It first prints one line of JSON, the fields of `Crowd`. When a bot is connected, a few people type
one after another, so that it has done everything once; then the others type so many commands, all
at once. On Discord so many beginnings of tags are typed then, one by one and again 20 at a time.
It prints another line, the fields of `Seen`, and ends when its input does.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product

from benchmarks.standins import Place, end_of_input
from bots.sandbox.discord import DiscordStandIn, Request, permissions
from bots.sandbox.discord import NoAnswer as NoAnswerOnDiscord
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import NoAnswer as NoAnswerOnSlack
from bots.sandbox.slack import SlackStandIn

AT_A_TIME = 20
FOLLOWED = "meta"
"""What everyone in the crowd follows before anything is typed."""
_FIRST = (
    *("open", "deep", "chip", "data", "model", "agent", "voice", "robot", "cloud", "code"),
    *("health", "energy", "school", "work", "market", "search", "image", "video", "music", "game"),
    *("privacy", "safety", "policy", "court", "startup", "science", "space", "drug", "car", "bank"),
)
_SECOND = (
    *("training", "prices", "research", "lawsuits", "tools", "weights", "leaks", "deals", "rules"),
    *("benchmarks", "interfaces", "supply", "layoffs", "hiring", "funding", "audits", "exports"),
    *("security", "ethics", "outages", "launches", "rivals", "standards", "costs", "bias"),
    *("copyright", "assistants", "forecasts", "accidents", "trials", "licences", "networks"),
)
TAGS = tuple(f"{first}-{second}" for first, second in product(_FIRST, _SECOND))
"""The tags there are."""
_CHANNELS = 10
_OTHERS = 300
_PATIENCE = 120.0
"""Seconds that people look for an answer: all are answered in the end, or lost."""
_KINDS = (
    *("subscribe", "unsubscribe", "subscriptions", "latest", "related"),
    *("subscribe", "tags", "unsubscribe", "latest", "related"),
    *("subscribe", "subscriptions", "unsubscribe", "latest", "related"),
    *("subscribe", "tags", "subscriptions", "unsubscribe", "latest"),
    # Slack says 50 times in a minute who made a channel, so few of 1,000 may ask.
    *("subscribe", "related", "subscriptions", "subscribe", "channel status"),
)
EARLY = len(_KINDS)
"""How many people type before the crowd does."""
_OPTIONS = {"subscribe": "tags", "unsubscribe": "tags", "latest": "tag", "related": "query"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people who are going to type, and where."""

    place: Place
    people: list[str]
    workspaces: list[str]
    """The others that the bot is in, where nobody types."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What people saw. Times are seconds."""

    acknowledged: list[float]
    """How long each command waited to be acknowledged."""
    answered: int
    """How many commands got an answer."""
    took: float
    """From the first command to the last answer."""
    suggested: list[float] = field(default_factory=list)
    """How long each beginning of a tag waited for what could be meant, typed one by one."""
    suggested_together: list[float] = field(default_factory=list)
    """The same, 20 at a time."""
    without_suggestions: int = 0
    """How many of them got none."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it is typed: its words, and what stands in its option if it has one."""

    words: str
    text: str = ""

    @property
    def options(self) -> dict[str, str]:
        """Return the option on Discord, with its name."""
        return {_OPTIONS[self.words]: self.text} if self.text else {}

    @property
    def on_slack(self) -> tuple[str, str]:
        """Return the slash command on Slack, and the text after it."""
        if self.words in {"subscribe", "unsubscribe", "related"}:
            return f"/{self.words}", self.text
        return "/themata", f"{self.words} {self.text}".rstrip()


def typed_by(number: int) -> Typed:
    """Return what a person types; the early ones come first."""
    words, tag = _KINDS[number % len(_KINDS)], TAGS[number * 7 % len(TAGS)]
    texts = {
        "subscribe": tag,
        "unsubscribe": FOLLOWED,
        "latest": tag if number % 2 else "",
        "related": tag.replace("-", " ") if number % 2 else f"https://themata.ai/news/{number}",
    }
    return Typed(words, texts.get(words, ""))


def beginnings(count: int) -> list[str]:
    """Return what is typed of tags, also after another tag, and whole with a letter too many."""
    found = []
    for number in range(count):
        tag = TAGS[number * 37 % len(TAGS)]
        word = f"{tag}x" if number % 5 == 4 else tag[: 1 + number % 9]
        found.append(f"{FOLLOWED}, {word}" if number % 3 == 2 else word)
    return found


class _TimedDiscord(DiscordStandIn):
    """Knows how long each interaction waited, from its frame to the request that answers it."""

    def __init__(self) -> None:
        super().__init__(record=False, patience=_PATIENCE)
        self.gateway.before_sending = self._sending
        self.acknowledged_after: list[float] = []
        self._sent: dict[str, float] = {}

    def _sending(self, text: str) -> None:
        said = json.loads(text)
        if said["t"] == "INTERACTION_CREATE":
            self._sent[said["d"]["id"]] = time.perf_counter()

    def _note(self, request: Request) -> None:
        super()._note(request)
        if request.path.startswith("/interactions/") and request.status < 400:
            sent = self._sent.pop(request.path.split("/")[2])
            self.acknowledged_after.append(time.perf_counter() - sent)


class _OnDiscord:
    """The crowd on Discord: everyone may manage the server."""

    def __init__(self, discord: _TimedDiscord, people: int) -> None:
        guild = discord.add_guild("Acme")
        self._discord = discord
        self._channels = [discord.add_channel(guild, f"room-{n}") for n in range(_CHANNELS)]
        self._people = [discord.add_user(f"person-{n}") for n in range(people)]
        for person in self._people:
            discord.world.allow(person, guild.id, permissions.MANAGE_GUILD)
        ids = [channel.id for channel in self._channels]
        place = Place("discord", discord.api_url, discord.token, guild.id, ids, discord.gateway_url)
        others = [discord.add_guild(f"Server {n}").id for n in range(_OTHERS)]
        self.crowd = Crowd(place, [person.id for person in self._people], others)

    async def ask(self, number: int) -> bool:
        """Type a command, and say whether there was an answer."""
        typed, person = typed_by(number), self._people[number]
        channel = self._channels[number % _CHANNELS]
        try:
            answer = await self._discord.type_command(person, channel, typed.words, typed.options)
        except NoAnswerOnDiscord:
            return False
        return bool(answer.text)

    async def begin(self, text: str) -> bool:
        """Type the beginning of a tag, and say whether something was offered."""
        person, channel = self._people[0], self._channels[0]
        try:
            offered = await self._discord.autocomplete(person, channel, "subscribe", "tags", text)
        except NoAnswerOnDiscord:
            return False
        return bool(offered)


class _OnSlack:
    """The crowd on Slack: everyone is an admin of the workspace."""

    def __init__(self, slack: SlackStandIn, people: int) -> None:
        self._slack = slack
        self._channels = [slack.add_channel(f"room-{n}") for n in range(_CHANNELS)]
        self._people = [slack.add_user(f"person-{n}", is_admin=True) for n in range(people)]
        slack.commands = ("/themata", "/subscribe", "/unsubscribe", "/related")
        ids = [channel.id for channel in self._channels]
        tokens = {"token": slack.bot_token, "app_token": slack.app_token}
        place = Place("slack", slack.api_url, workspace=slack.team_id, channels=ids, **tokens)
        others = [f"T{n}" for n in range(_OTHERS)]
        self.crowd = Crowd(place, [person.id for person in self._people], others)

    async def ask(self, number: int) -> bool:
        """Type a command, and say whether there was an answer."""
        typed, person = typed_by(number), self._people[number]
        channel = self._channels[number % _CHANNELS]
        try:
            answer = await self._slack.type_command(person, channel, *typed.on_slack)
        except NoAnswerOnSlack:
            return False
        return any(message.text for message in answer.messages)


async def _discord(commands: int, prefixes: int) -> None:
    async with _TimedDiscord() as discord:
        on = _OnDiscord(discord, EARLY + commands)
        _say(on.crowd)
        await _while_wanted(_on_discord(discord, on, commands, prefixes))


async def _on_discord(discord: _TimedDiscord, on: _OnDiscord, commands: int, prefixes: int) -> None:
    await discord.connected()
    early = [await on.ask(number) for number in range(EARLY)]
    discord.acknowledged_after.clear()
    answered, took = await _all_at_once(on.ask, commands)
    acknowledged = _taken_from(discord.acknowledged_after)
    texts = beginnings(prefixes)
    offered = [await on.begin(text) for text in texts]
    suggested = _taken_from(discord.acknowledged_after)
    offered += await _at_a_time(on.begin, texts)
    together = _taken_from(discord.acknowledged_after)
    answered -= early.count(False)
    _say(Seen(acknowledged, answered, took, suggested, together, offered.count(False)))


async def _slack(commands: int, _prefixes: int) -> None:
    limits = SlackLimits().changed(answer_seconds=_PATIENCE)
    async with SlackStandIn(limits=limits, record=False) as slack:
        on = _OnSlack(slack, EARLY + commands)
        _say(on.crowd)
        await _while_wanted(_on_slack(slack, on, commands))


async def _on_slack(slack: SlackStandIn, on: _OnSlack, commands: int) -> None:
    await slack.connected()
    early = [await on.ask(number) for number in range(EARLY)]
    answered, took = await _all_at_once(on.ask, commands)
    acknowledged = [*slack.acknowledged_after[EARLY:]]
    _say(Seen(acknowledged, answered - early.count(False), took))


async def _while_wanted(crowd: Coroutine[None, None, None]) -> None:
    """Let the crowd type, and stay until nobody wants it any more, though no bot ever came."""
    typing = asyncio.create_task(crowd)
    wanted = asyncio.create_task(end_of_input())
    await asyncio.wait({typing, wanted}, return_when=asyncio.FIRST_COMPLETED)
    if typing.done() and typing.exception():
        print(flush=True)  # whoever waits for what it saw hears of nothing
    typing.cancel()
    await wanted
    await asyncio.gather(typing, return_exceptions=not typing.done())


async def _all_at_once(ask: Callable[[int], Awaitable[bool]], count: int) -> tuple[int, float]:
    """Let so many ask, and return how many were answered, and after how many seconds the last."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(ask(number) for number in range(EARLY, EARLY + count)))
    return sum(answers), time.perf_counter() - began


async def _at_a_time(begin: Callable[[str], Awaitable[bool]], texts: Sequence[str]) -> list[bool]:
    """Type these texts, always 20 at a time."""
    left, offered = iter(texts), list[bool]()

    async def type_on() -> None:
        for text in left:
            offered.append(await begin(text))

    await asyncio.gather(*(type_on() for _ in range(AT_A_TIME)))
    return offered


def _taken_from(times: list[float]) -> list[float]:
    taken = [*times]
    times.clear()
    return taken


def _say(what: Crowd | Seen) -> None:
    print(json.dumps(asdict(what)), flush=True)


def main() -> None:
    """Serve what the command line names."""
    # All that is asked is kept, and looking through it again and again would make it slow.
    gc.disable()
    serve = {"discord": _discord, "slack": _slack}[sys.argv[1]]
    asyncio.run(serve(int(sys.argv[2]), int(sys.argv[3])))


if __name__ == "__main__":
    main()
