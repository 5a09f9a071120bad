"""Channels, articles and posts under a clock that is moved: days pass in milliseconds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core import claims, grammar, localtime, outbox, outcomes, subscriptions
from core.db import Database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import Message, as_text
from core.posting import Address, Receipt, Unreachable
from core.sources import Draft
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from tests.fakes import FakePoster

TAGS = ("agents", "crypto", "llms", "meta")
CATALOGUE = catalogue(dict.fromkeys(TAGS, ()))


@dataclass(frozen=True, slots=True)
class Came:
    """A post, and when it came."""

    at: datetime
    text: str


class TimedPoster(FakePoster):
    """Posts to lists, one for each channel, unless the channel is closed."""

    def __init__(self, world: "Simulated") -> None:
        super().__init__()
        self.world = world

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Keep the post and the time, or refuse it."""
        if address.channel in self.world.closed:
            raise Unreachable("the channel is closed")
        self.world.came[address.channel].append(Came(self.world.now, as_text(message)))
        return Receipt(address, key)


@dataclass(slots=True)
class Simulated:
    """A database and a worker in a time of their own."""

    database: Database
    now: datetime
    came: dict[str, list[Came]] = field(default_factory=lambda: defaultdict(list))
    closed: set[str] = field(default_factory=set)
    stories: int = 0
    told: int = 0
    """The first of the articles that tell the last story."""
    worker: DeliveryWorker = field(init=False)

    def __post_init__(self) -> None:
        poster = TimedPoster(self)
        self.worker = DeliveryWorker(self.database, poster, "discord", clock=lambda: self.now)

    async def follow(self, channel: str, words: str, zone: str = "") -> None:
        """Let a channel follow what these words say, by the clock of this zone."""
        address = Address("discord", "1", channel)
        moment = Moment(self.now, zone_of(zone))
        typed = grammar.read(words.split(), CATALOGUE, moment)
        assert not typed.mistakes
        async with self.database.write() as db:
            if zone:
                named = localtime.zone(zone)
                assert named
                await subscriptions.set_zone(db, address, named.key, now=self.now)
            await subscriptions.follow(
                db, address, typed.topics, typed.changes, by="ada", now=self.now
            )
            await outbox.reschedule(db, address, now=self.now)

    async def tell(
        self, *tags: str, heat: int = 50, minutes: int | None = None, again: bool = False
    ) -> str:
        """Let an article come in now, which may tell the last story again; return its title."""
        self.stories += 1
        self.told = self.told if again else self.stories
        title = f"Story {self.stories}."
        draft = Draft(
            title=title,
            url=f"https://themata.ai/news/{self.stories}",
            original_url=f"https://original.example/{self.told}",
            tags=tags or ("llms",),
            heat=heat,
            reading_minutes=minutes,
        )
        await Intake(self.database).take_in(draft, source="site", now=self.now)
        return title

    async def until(self, end: datetime) -> None:
        """Let time pass, and post what comes due meanwhile when it is due."""
        while True:
            async with self.database.write() as db:
                # As a worker does whenever it looks for what is due.
                await outcomes.let_late_go_on(db, "discord", self.now)
                due = await claims.next_due(db, "discord", now=self.now)
            if due is None or due > end:
                break
            self.now = max(due, self.now)
            await self.worker.post_due()
        self.now = end

    async def regularly(self, many: int, every: timedelta) -> Sequence[str]:
        """Tell so many articles, with this time between, and return their titles."""
        titles = []
        for _ in range(many):
            titles.append(await self.tell())
            await self.until(self.now + every)
        return titles
