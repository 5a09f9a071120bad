"""Every kind of message obeys the table of rules: posts, digests, mentions and edits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import grammar, outbox, subscriptions
from core.db import Database
from core.messages import Mention, as_text
from core.posting import Address, beside
from core.sources import Draft
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from tests.besides import calls, work
from tests.changes import EditPoster, News
from tests.rule_table import MATCHES, TAGS

ROLE = "1187301264118239299"
CATALOGUE = catalogue(dict.fromkeys(TAGS, ()))
KINDS = ["posts", "digests", "mentions", "calls", "edits"]


class Table:
    """One who follows row after row of the table, and whose messages are looked at."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.poster = EditPoster()
        self.news = News(database, self.poster)

    async def follow(self, at: Address, words: str) -> None:
        """Let an address follow what these words say."""
        moment = Moment(self.news.now, zone_of("UTC"))
        typed = grammar.read(words.split(), CATALOGUE, moment, by="channel")
        assert not typed.mistakes
        now = self.news.now
        async with self.database.write() as db:
            await subscriptions.follow(db, at, typed.topics, typed.changes, by="ada", now=now)
            await outbox.reschedule(db, at, now=now)

    async def tell(
        self, draft: Draft, at: Address, *, later: timedelta = timedelta(), times: int = 1
    ) -> list[str]:
        """Let an article come in, and return what is posted at an address."""
        before = len(self.poster.posts)
        await self.news.tell(draft)
        self.news.now += later
        await work(self.news, times)
        posted = self.poster.posts[before:]
        return [as_text(message) for where, message, _ in posted if where.channel == at.channel]

    async def posts(self, at: Address, words: str, draft: Draft) -> bool:
        """Say whether an article is posted."""
        await self.follow(at, words)
        return any(draft.title in post for post in await self.tell(draft, at))

    async def digests(self, at: Address, words: str, draft: Draft) -> bool:
        """Say whether an article is in a digest."""
        await self.follow(at, f"{words} when:daily")
        came = await self.tell(draft, at, later=timedelta(days=1))
        return any("AI news" in post and draft.title in post for post in came)

    async def mentions(self, at: Address, words: str, draft: Draft) -> bool:
        """Say whether an article's post mentions the role of its rule."""
        await self.follow(at, "everything when:now")
        await self.follow(at, f"{words} mention:{ROLE}")
        before = len(self.poster.posts)
        await self.tell(draft, at)
        said = [part for _, message, _ in self.poster.posts[before:] for part in message.parts]
        return any(isinstance(part, Mention) for part in said)

    async def calls(self, at: Address, words: str, draft: Draft) -> bool:
        """Say whether a member is mentioned below an article's post."""
        await self.follow(at, "everything")
        await self.follow(beside(at, "7"), words)
        await self.tell(draft, at, times=2)
        return bool(calls(self.poster, at))

    async def edits(self, at: Address, words: str, draft: Draft) -> bool:
        """Say whether an article that changes is changed in a channel."""
        await self.follow(at, words)
        await self.tell(draft, at)
        await self.news.tell(replace(draft, summary="It is told otherwise now."))
        await self.news.pass_by(timedelta(minutes=10))
        return any(receipt.address == at for receipt, _ in self.poster.edits)


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("every", [len(KINDS), pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_kind_of_message_obeys_the_table(database: Database, kind: str, every: int) -> None:
    table, found = Table(database), dict[str, bool]()
    # Each kind begins elsewhere, so that together they come by every row.
    rows = dict(list(MATCHES.items())[KINDS.index(kind) % every :: every])

    for number, (name, (words, article, _)) in enumerate(rows.items()):
        at = Address("discord", "1", f"{number}")
        url = f"https://themata.ai/news/{number}"
        draft = replace(article, title=f"Row {number}.", url=url)
        found[name] = await getattr(table, kind)(at, words, draft)
        async with database.write() as db:
            for where in (at, beside(at, "7")):
                has = await subscriptions.following(db, where)
                await subscriptions.unfollow(db, where, has.topics)

    assert found == {name: comes for name, (_, _, comes) in rows.items()}
