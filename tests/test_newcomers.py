"""The five tasks of a newcomer, on each platform, with how many actions each takes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import ADA, DIRECT, MIA, Pick, Press, Shown, SideName
from bots.trial import Trial, open_trial
from core import subscriptions
from core.db import open_database
from core.posting import Address
from tests.news import TITLE
from tests.sealing import button
from tests.slackdesk import press as press_in_view
from tests.slackdesk import settled, words_of
from tests.test_trial import messages, posts, text, until, until_told

NEWS, OTHER = "ai-news", "general"
MOST = 3
"""Actions that each task may take: a command, a press, a choice, a form sent."""

pytestmark = pytest.mark.asyncio(loop_scope="module")
on_each_side = pytest.mark.parametrize("side", ["discord", "slack"])


class Newcomer:
    """A person who counts what they do."""

    def __init__(self, trial: Trial, folder: Path, side: SideName, person: str) -> None:
        self.trial, self.side, self.person = trial, side, person
        self.database = f"sqlite:///{folder / 'themata.db'}"
        self.actions = 0

    async def type(self, words: str, place: str = OTHER) -> Shown:
        """Type a command, and return what is told then to the person alone."""
        self.actions += 1
        slash = f"/{words}" if self.side == "discord" else f"/themata {words}"
        assert await self.trial.scene.type_words(self.side, self.person, place, slash) == ""
        return self.last(place)

    async def press(self, shown: Shown, label: str, place: str = OTHER) -> Shown:
        """Press a button below what was told."""
        self.actions += 1
        pressed = Press(shown.id, button(shown.body, label))
        assert await self.trial.scene.press(self.side, self.person, place, pressed) == ""
        return self.last(place)

    async def at_settings(self, label: str, said: str) -> None:
        """Open the settings of #general, press one button there, and wait until that is said."""
        if self.side == "discord":
            await self.press(await self.type("channel settings"), label)
            await until(self.trial, lambda: said in text(self.last(OTHER)))
            return
        self.actions += 2
        slack = self.trial.scene.slack
        user = self.trial.scene.slack_side.users[self.person]
        channel = self.trial.scene.slack_side.channels[OTHER]
        await slack.type_command(user, channel, "/themata", "channel settings")
        view = await settled(slack, user)
        assert said in words_of(await press_in_view(self.trial.scene, user, view, label))

    def last(self, place: str) -> Shown:
        """Return what the person was told last, alone."""
        told = messages(self.trial, self.side, self.person, place)
        return [it for it in told if it.only_you or place == DIRECT][-1]

    async def follows(self, place: str) -> set[str]:
        """Return what is followed there, by the database."""
        async with open_database(self.database) as database, database.read() as db:
            return set((await subscriptions.following(db, self._address(place))).rules)

    def _address(self, place: str) -> Address:
        scene = self.trial.scene
        if self.side == "slack":
            ids = scene.slack_side.users if place == DIRECT else scene.slack_side.channels
            return Address(
                "slack", scene.slack.team_id, ids[self.person if place == DIRECT else place].id
            )
        if place == DIRECT:
            return Address("discord", "@me", scene.discord_side.users[self.person].id)
        channel = scene.discord_side.channels[place]
        return Address("discord", channel.guild_id, channel.id)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("newcomers")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trial(folder: Path) -> AsyncIterator[Trial]:
    async with open_trial(folder) as opened:
        await opened.let_news_in()
        for side in ("discord", "slack"):
            await until_told(opened, side, ADA, NEWS, TITLE)
        yield opened


@on_each_side
async def test_a_newcomer_follows_a_tag(trial: Trial, folder: Path, side: SideName) -> None:
    mia = Newcomer(trial, folder, side, MIA)

    said = await mia.type("subscribe llms")

    assert "#llms" in text(said)
    assert "llms" in await mia.follows(DIRECT)
    assert mia.actions <= MOST


@on_each_side
async def test_a_newcomer_sets_a_channel_up_and_stops_it(
    trial: Trial, folder: Path, side: SideName
) -> None:
    ada = Newcomer(trial, folder, side, ADA)
    assert await ada.follows(OTHER) == set()

    await ada.at_settings("Start", "Started: ")
    assert len(await ada.follows(OTHER)) > 0
    assert ada.actions <= MOST

    ada.actions = 0
    await ada.at_settings("Stop all", "Step 1 of 3")
    assert await ada.follows(OTHER) == set()
    assert ada.actions <= MOST


@on_each_side
async def test_a_newcomer_finds_why_an_article_came(
    trial: Trial, folder: Path, side: SideName
) -> None:
    mia = Newcomer(trial, folder, side, MIA)
    post = next(it for it in posts(trial, side) if not it.below)

    picked = Pick(post.id, "Why was this posted?")
    assert await trial.scene.pick(side, MIA, NEWS, picked) == ""

    assert "/channel follow meta" in text(mia.last(NEWS)).replace("/themata channel", "/channel")


@on_each_side
async def test_a_newcomer_deletes_what_is_stored_of_them(
    trial: Trial, folder: Path, side: SideName
) -> None:
    mia = Newcomer(trial, folder, side, MIA)
    await mia.type("subscribe openai")
    assert "openai" in await mia.follows(DIRECT)
    mia.actions = 0

    asked = await mia.type("privacy delete")
    await mia.press(asked, "Delete it")

    assert await mia.follows(DIRECT) == set()
    assert mia.actions <= MOST
