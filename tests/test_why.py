"""Why an article stands somewhere, or does not: every stage reached by a real way of an article."""

import asyncio
from datetime import timedelta

import pytest

from core import articles, coverage, fanout, grammar, outbox, subscriptions
from core import why as asking
from core.db import Database
from core.intake import Intake
from core.posting import Address, Refused, Unreachable, Unsearchable
from core.posting import Unknown as Lost
from core.stories import save_new
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from core.why import Stage, Station, Way
from tests.changes import CHANNEL, HOUR, EditPoster, News, told
from tests.conftest import NOW
from tests.fakes import FakeSource
from tests.rule_table import ARTICLE, TAGS
from tests.test_coverage import ferry

CATALOGUE = catalogue(dict.fromkeys((*TAGS, "llms"), ()))
MINUTE = timedelta(minutes=1)


class Newsroom(News):
    """News in one channel, and why they are there."""

    poster: EditPoster

    def __init__(self, database: Database) -> None:
        self.poster = EditPoster()
        super().__init__(database, self.poster)

    async def set(self, words: str, at: Address = CHANNEL) -> None:
        """Let an address follow what these words say."""
        moment = Moment(self.now, zone_of("UTC"))
        async with self.database.write() as db:
            has = await subscriptions.following(db, at)
            typed = grammar.read(words.split(), CATALOGUE, moment, has.rules, by="channel")
            assert not typed.mistakes
            how = typed.topics, typed.changes
            await subscriptions.follow(db, at, *how, by="ada", now=self.now)
            await outbox.reschedule(db, at, now=self.now)

    async def why(self, url: str = "https://themata.ai/news/1", at: Address = CHANNEL) -> Way:
        """Return why the article at this address is there, or not."""
        async with self.database.read() as db:
            article = await articles.by_url(db, url)
            return await asking.why(db, article, at, now=self.now)

    async def stages(self, url: str = "https://themata.ai/news/1") -> list[Stage]:
        """Return the stages of its way."""
        return [station.stage for station in (await self.why(url)).stations]


@pytest.fixture
def room(database: Database) -> Newsroom:
    """Give a newsroom."""
    return Newsroom(database)


async def test_what_no_source_told_is_unseen_and_it_is_said_what_is_read(room: Newsroom) -> None:
    intake = Intake(room.database)
    await intake.poll(FakeSource("site", [told()]), NOW)

    way = await room.why("https://themata.ai/news/99")

    assert (way.end.stage, way.article) == (Stage.UNSEEN, None)
    assert [(it.name, it.read_at) for it in way.polled] == [("site", NOW)]


@pytest.mark.mostly_one_database
async def test_what_a_first_reading_brings_is_only_stored(room: Newsroom) -> None:
    await room.set("llms")
    await Intake(room.database).poll(FakeSource("site", [told()]), NOW)

    assert await room.stages() == [Stage.CAME, Stage.STORED]


async def test_what_was_withdrawn_before_it_was_posted(room: Newsroom) -> None:
    await room.set("llms")
    await room.tell(told())
    await room.tell(told(retracted=True))

    assert (await room.stages())[-1] is Stage.WITHDRAWN


@pytest.mark.mostly_one_database
async def test_what_was_withdrawn_after_it_was_posted_still_stands(room: Newsroom) -> None:
    await room.set("llms")
    await room.post(told())
    await room.tell(told(retracted=True))

    assert await room.stages() == [
        *(Stage.CAME, Stage.MATCHED, Stage.WITHDRAWN, Stage.POSTED),
    ]


@pytest.mark.mostly_one_database
async def test_nothing_is_followed(room: Newsroom) -> None:
    await room.tell(told())

    assert await room.stages() == [Stage.CAME, Stage.NOTHING_FOLLOWED]


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(
    ("words", "lacked"),
    [
        ("crypto", [Stage.NO_TAG]),
        ("robots+openai crypto", [Stage.NO_TAG]),
        ("llms -meta", [Stage.LEFT_OUT]),
        ("llms -example.com", [Stage.LEFT_OUT]),
        ("llms heat:61", [Stage.HEAT]),
        ("llms mood:positive", [Stage.MOOD]),
        ("llms concerns:none", [Stage.CONCERNS]),
        ("llms heat:61 mood:positive", [Stage.MOOD, Stage.HEAT]),
        ("llms heat:70 crypto", [Stage.HEAT]),
        (
            "llms heat:70 mood:positive meta heat:70 -robots",
            [Stage.MOOD, Stage.HEAT, Stage.LEFT_OUT],
        ),
    ],
)
async def test_what_the_nearest_rule_lacks(room: Newsroom, words: str, lacked: list[Stage]) -> None:
    await room.set(words)
    await room.tell(ARTICLE)

    assert await room.stages(ARTICLE.url) == [Stage.CAME, *lacked]


@pytest.mark.mostly_one_database
async def test_what_came_before_the_rule_does_not_come_by_it(room: Newsroom) -> None:
    await room.tell(told())
    room.now += MINUTE
    await room.set("llms")

    way = await room.why()

    assert [it.stage for it in way.stations] == [Stage.CAME, Stage.TOO_EARLY]
    assert way.end.at == NOW + MINUTE


async def test_what_matches_only_since_it_was_changed(room: Newsroom) -> None:
    await room.set("llms")
    await room.tell(told(tags=("chips",)))
    room.now += MINUTE
    await room.tell(told("Gemma 4 now runs on phones", tags=("llms",)))

    assert await room.stages() == [Stage.CAME, Stage.CHANGED]


@pytest.mark.mostly_one_database
async def test_a_tag_that_joined_a_rule_later_does_not_bring_what_came_before(
    room: Newsroom,
) -> None:
    await room.set("llms")
    await room.tell(told(tags=("meta",)))
    room.now += MINUTE
    await room.set("meta")

    assert await room.stages() == [Stage.CAME, Stage.CHANGED]


@pytest.mark.mostly_one_database
async def test_what_is_queued_for_others_first_is_still_on_its_way(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await room.set("llms", Address("discord", "1", f"{number}"))
    monkeypatch.setattr(fanout, "_ROWS", {"sqlite": 2, "postgresql": 2})
    async with room.database.write() as db:
        article = await save_new(db, told(), source="site", now=NOW)
        assert article
        await fanout.begin(db, article, NOW)

    assert (await room.why(at=Address("discord", "1", "0"))).end.stage is Stage.WAITING
    assert (await room.why(at=Address("discord", "1", "3"))).end.stage is Stage.QUEUEING


@pytest.mark.mostly_one_database
async def test_what_is_posted_names_the_rule_and_the_message(room: Newsroom) -> None:
    await room.set("llms heat:50")
    await room.post(told(heat=70))

    way = await room.why()

    assert [it.stage for it in way.stations] == [Stage.CAME, Stage.MATCHED, Stage.POSTED]
    matched = way.stations[1]
    assert (matched.topic, matched.terms.heat, matched.at) == ("llms", 50, None)
    assert (way.message_id, way.end.at) == ("m1", NOW)


@pytest.mark.mostly_one_database
async def test_a_rule_that_changed_since_is_said_to_have_changed(room: Newsroom) -> None:
    await room.set("llms heat:50")
    await room.post(told(heat=70))
    room.now += MINUTE
    await room.set("llms heat:90")

    matched = (await room.why()).stations[1]

    assert (matched.topic, matched.at) == ("llms", NOW + MINUTE)


@pytest.mark.mostly_one_database
async def test_a_rule_that_is_gone_is_said_to_be_gone(room: Newsroom) -> None:
    await room.set("llms")
    await room.post(told())
    async with room.database.write() as db:
        await subscriptions.unfollow(db, CHANNEL, ["llms"])

    assert (await room.why()).stations[1] == Station(Stage.MATCHED)


FIRST, SAME = ferry(0), ferry(1)


@pytest.mark.mostly_one_database
async def test_a_story_that_stands_already_is_told_below_its_post(room: Newsroom) -> None:
    await room.set("llms")
    await room.post(FIRST)
    await room.tell(SAME)
    way = await room.why(SAME.url)
    assert [it.stage for it in way.stations][-2:] == [Stage.SAME_STORY, Stage.WAITING]

    await room.posting.post_due()

    way = await room.why(SAME.url)
    assert [it.stage for it in way.stations][-2:] == [Stage.SAME_STORY, Stage.POSTED]
    assert (way.stations[-2].told, way.message_id) == (FIRST.title, "m1")


@pytest.mark.mostly_one_database
async def test_a_story_that_only_the_post_names_is_covered(room: Newsroom) -> None:
    await room.set("llms threads:off")
    await room.post(FIRST)
    await room.tell(SAME)

    way = await room.why(SAME.url)

    assert (way.end.stage, way.message_id, way.stands) == (Stage.COVERED, "m1", True)


@pytest.mark.mostly_one_database
async def test_a_story_waits_for_the_post_that_it_stands_behind(room: Newsroom) -> None:
    await room.set("llms")
    await room.tell(FIRST, SAME)

    assert (await room.why(SAME.url)).end.stage is Stage.BEHIND


async def test_what_was_split_off_says_so(room: Newsroom) -> None:
    await room.set("llms")
    await room.post(FIRST)
    await room.tell(SAME)
    async with room.database.write() as db:
        article = await articles.by_url(db, SAME.url)
        assert article
        assert await coverage.tell_apart(db, CHANNEL, article.id, by="ada", now=room.now)

    assert (await room.stages(SAME.url))[-2:] == [Stage.SPLIT_OFF, Stage.WAITING]


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(
    ("words", "stage", "hours"),
    [
        ("llms when:daily 15:00", Stage.DIGEST, 3),
        ("llms quiet:11:00-14:00", Stage.QUIET, 2),
        ("llms pause:17:00", Stage.ON_HOLD, 5),
        ("llms quiet:11:00-14:00 pause:17:00", Stage.ON_HOLD, 5),
    ],
)
async def test_what_comes_later_says_when(
    room: Newsroom, words: str, stage: Stage, hours: int
) -> None:
    await room.set(words)
    await room.tell(told())

    end = (await room.why()).end
    assert (end.stage, end.at) == (stage, NOW + hours * HOUR)

    room.now += hours * HOUR
    await room.posting.post_due()
    assert (await room.stages())[-1] is Stage.POSTED


@pytest.mark.mostly_one_database
async def test_what_is_too_much_for_the_day_comes_with_the_digest(room: Newsroom) -> None:
    await room.set("llms most:1")
    await room.tell(told(), told("Another one", number=2))

    end = (await room.why("https://themata.ai/news/2")).end

    assert (end.stage, end.at) == (Stage.LIMIT, NOW + 21 * HOUR)


@pytest.mark.mostly_one_database
async def test_what_waits_at_a_closed_channel_says_why(room: Newsroom) -> None:
    await room.set("llms")
    room.poster.errors.append(Unreachable("the channel is archived"))
    await room.post(told())

    end = (await room.why()).end

    assert (end.stage, end.told) == (Stage.CLOSED, "the channel is archived")


@pytest.mark.mostly_one_database
async def test_what_was_not_posted_within_a_day_is_expired(room: Newsroom) -> None:
    await room.set("llms")
    room.poster.errors.append(Unreachable("the channel is archived"))
    await room.post(told())
    async with room.database.write() as db:
        await outbox.expire(db, now=room.now + 25 * HOUR)

    end = (await room.why()).end

    assert (end.stage, end.told) == (Stage.EXPIRED, "the channel is archived")


@pytest.mark.mostly_one_database
async def test_what_was_refused_is_dead_with_the_reason(room: Newsroom) -> None:
    await room.set("llms")
    room.poster.errors.append(Refused("the link is blocked"))
    await room.post(told())

    end = (await room.why()).end

    assert (end.stage, end.told) == (Stage.DEAD, "the link is blocked")


@pytest.mark.mostly_one_database
async def test_what_may_stand_is_unknown(room: Newsroom) -> None:
    await room.set("llms")
    room.poster.errors.append(Lost("the connection broke"))
    await room.post(told())
    end = (await room.why()).end
    assert (end.stage, end.told) == (Stage.WAITING, "the connection broke")
    assert end.at is not None

    room.poster.finds.append(Unsearchable("the history cannot be read"))
    room.now += HOUR
    await room.posting.post_due()

    assert (await room.why()).end.stage is Stage.UNKNOWN


@pytest.mark.mostly_one_database
async def test_what_is_being_posted_says_so(room: Newsroom) -> None:
    await room.set("llms")
    await room.tell(told())
    room.poster.may_post.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(room.posting.post_due())
        await room.poster.in_flight.wait()

        assert (await room.stages())[-1] is Stage.SENDING
        room.poster.may_post.set()
