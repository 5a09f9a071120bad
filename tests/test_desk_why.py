"""The desk says why an article is here or not, to whom it concerns, and offers what mends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import articles
from core.commands import WhyPosted
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.intake import Intake
from core.messages import LinkButton, Message, as_text
from core.posting import Address
from core.sources import Draft
from tests.fakes import FakePoster
from tests.test_coverage import ferry
from tests.test_desk import ADA, CHANNEL, KNOWN, MIA, Conversation, buttons

pytestmark = pytest.mark.mostly_one_database

STORY = Draft("Gemma 4 runs on phones", "https://themata.ai/news/1", tags=("llms",), heat=30)
URL = STORY.url


class Newsroom(Conversation):
    """Types commands where news come in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, posters={"discord": self.poster})

    async def tell(self, *drafts: Draft) -> None:
        """Let these come in, and post what is due."""
        for draft in drafts:
            await Intake(self.database).take_in(draft, source="site", now=self.now)
        worker = DeliveryWorker(self.database, self.poster, "discord", clock=lambda: self.now)
        await worker.post_due()

    async def about(self, message: str, channel: str = "10", *names: str) -> Message:
        """Ask why this message was posted."""
        at = Address("discord", "1", channel, message)
        here = replace(ADA, here=replace(CHANNEL, channel=channel))
        return await self.desk.answer(WhyPosted((at,), names), here)


@pytest.fixture
def room(database: Database) -> Newsroom:
    """Give a newsroom."""
    return Newsroom(database)


async def test_an_article_is_named_by_its_link_or_number(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    await room.tell(STORY)

    for words in (f"why {URL}", "why article:1", f"why <{URL}>?", f"why {URL}?utm_source=x"):
        assert "Brought by #llms" in await room.says(words), words


async def test_why_alone_asks_what(room: Newsroom) -> None:
    assert "Why what?" in await room.says("why")
    assert "Why what?" in await room.says("why not")


async def test_what_stands_has_a_button_that_leads_there(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    await room.tell(STORY)

    answer = await room.type(f"why {URL}")

    links = [it for part in answer.parts for it in getattr(part, "buttons", ())]
    assert [it.url for it in links if isinstance(it, LinkButton)] == ["https://chat.example/10/m2"]


async def test_a_mod_mends_it_with_one_tap_and_the_next_one_comes(room: Newsroom) -> None:
    await room.type("channel follow llms heat:50", ADA)
    await room.tell(STORY)
    answer = await room.type(f"why {URL}", ADA)
    assert buttons(answer) == {"Take heat 30": "channel follow llms heat:30"}

    await room.type(buttons(answer)["Take heat 30"], ADA)
    await room.tell(replace(STORY, title="Whales sing in verbs", url="https://themata.ai/news/2"))

    assert "It was posted." in await room.says("why https://themata.ai/news/2", ADA)


async def test_a_member_sees_why_and_whom_to_ask(room: Newsroom) -> None:
    await room.type("channel follow llms heat:50", ADA)
    await room.tell(STORY)

    answer = await room.type(f"why {URL}", replace(MIA, right_to_manage="the right to manage"))

    assert "follows #llms at heat 50 or more, and that of the article is 30." in as_text(answer)
    assert "To change that you need the right to manage" in as_text(answer)
    assert buttons(answer) == {}


async def test_in_direct_messages_it_is_about_ones_own_follows(room: Newsroom) -> None:
    alone = replace(MIA, here=MIA.direct)
    await room.type("channel follow llms", ADA)
    await room.type("subscribe llms heat:50", alone)
    await room.tell(STORY)

    answer = await room.type(f"why {URL}", alone)

    assert "You follow #llms at heat 50 or more" in as_text(answer)
    assert buttons(answer) == {"Take heat 30": "subscribe llms heat:30"}


async def test_a_message_is_asked_about_and_so_is_one_in_a_thread(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    await room.tell(ferry(0))
    await room.tell(ferry(1))

    assert "Brought by #llms" in as_text(await room.about("m2"))
    assert "Tells the same story as" in as_text(await room.about("m3"))
    # On Discord the thread is a channel with the id of the post.
    assert "Tells the same story as" in as_text(await room.about("m3", "m2"))
    assert "no post of mine" in as_text(await room.about("m9"))


async def test_of_a_message_with_several_articles_one_is_chosen(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    for number, title in enumerate(("A city lets robots write", "Whales sing in verbs"), 1):
        draft = Draft(title, f"https://themata.ai/news/{number}", tags=("llms",))
        await Intake(room.database).take_in(draft, source="site", now=room.now)
    await room.tell()

    answer = await room.about("m2")

    assert "Why which of these?" in as_text(answer)
    assert buttons(answer) == {"1": "why article:1", "2": "why article:2"}


async def test_a_message_of_another_workspace_or_channel_is_told_nothing_of(
    room: Newsroom,
) -> None:
    await room.type("channel follow llms", ADA)
    await room.tell(STORY)

    assert "no post of mine" in as_text(await room.about("m1", "11"))


async def test_an_old_post_is_known_by_what_it_names(room: Newsroom) -> None:
    await room.tell(STORY)

    assert "follows nothing" in as_text(await room.about("gone", "10", "article:1"))


async def test_the_answer_to_related_leads_to_why(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    await room.tell(STORY, replace(STORY, title="Gemma 4 phones", url="https://themata.ai/news/2"))
    room.now += timedelta(hours=1)

    answer = await room.type("related article:1")

    assert buttons(answer)["Show why"] == "why article:1"


async def test_what_is_not_known_is_said_to_be_unseen(room: Newsroom) -> None:
    async with room.database.read() as db:
        assert await articles.by_url(db, URL) is None

    assert "I never saw an article at this link" in await room.says(f"why {URL}")
