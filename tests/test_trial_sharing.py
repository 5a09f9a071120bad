"""Related stories in the sandbox: from the menu of a post to everyone, with the whole bot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import ADA, DIRECT, MIA, Pick, Press, Shown, SideName
from bots.sandbox.scene.cast import ASK_BELOW
from bots.trial import Trial, open_trial
from tests.news import RELATED, TITLE
from tests.sealing import button
from tests.test_trial import (
    NEWS,
    SIDES,
    answer,
    on_each_side,
    posts,
    text,
    until,
    until_told,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trial(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trial]:
    """Give the bot at work, with the article in #ai-news on both sides."""
    folder: Path = tmp_path_factory.mktemp("trial")
    async with open_trial(folder) as opened:
        await opened.let_news_in()
        for side in SIDES:
            await until_told(opened, side, ADA, NEWS, TITLE)
        yield opened


def public(trial: Trial, side: SideName) -> list[Shown]:
    return posts(trial, side)


@on_each_side
async def test_what_the_menu_of_a_post_tells_is_shared_and_a_mention_is_answered(
    trial: Trial, side: SideName
) -> None:
    scene, post = trial.scene, public(trial, side)[0]

    assert await scene.pick(side, MIA, NEWS, Pick(post.id, "Related stories")) == ""
    alone = answer(trial, side, MIA)
    share = Press(alone.id, button(alone.body, "Share in channel"))
    assert await scene.press(side, MIA, NEWS, share) == ""
    await until_told(trial, side, ADA, NEWS, "Shared by")
    shared = public(trial, side)[-1]
    assert await scene.pick(side, MIA, NEWS, Pick(post.id, ASK_BELOW)) == ""

    await until(trial, lambda: len(public(trial, side)) >= 3)

    assert [RELATED[0] in text(it) for it in (alone, *public(trial, side)[1:])] == [True] * 3
    assert shared.body.get("replies_to") == "Themata" or shared.below == post.id


@on_each_side
async def test_what_is_no_menu_is_explained(trial: Trial, side: SideName) -> None:
    said = await trial.scene.pick(side, MIA, NEWS, Pick("1", "Translate"))

    assert said.endswith(".")
    assert ASK_BELOW not in trial.scene.sides[side].menu(DIRECT)
