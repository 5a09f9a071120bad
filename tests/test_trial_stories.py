"""Five outlets tell one story in the sandbox: one post, one thread, four lines, one edited card."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import ADA, MIA, Press, Shown, SideName
from bots.trial import Trial, open_trial
from tests.news import TITLE
from tests.sealing import button
from tests.test_trial import NEWS, SIDES, messages, posts, text, told, until, until_told

OUTLETS = ("workweek.example", "privacynote.example", "leakwatch.example", "trainingdesk.example")

Told = tuple[Trial, dict[SideName, tuple[list[Shown], list[Shown]]]]
"""The bot at work, and the posts and the lines of each side."""

pytestmark = pytest.mark.asyncio(loop_scope="module")
on_each_side = pytest.mark.parametrize("side", SIDES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told_by_five(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """Give the bot at work after five outlets told the story, and what stood there then."""
    folder: Path = tmp_path_factory.mktemp("stories")
    async with open_trial(folder) as opened:
        await opened.let_news_in()
        await opened.let_coverage_in()
        for side in SIDES:
            await until_whole(opened, side)
        yield opened, {side: (cards(opened, side), below(opened, side)) for side in SIDES}


@pytest.fixture
def trial(told_by_five: Told) -> Trial:
    """Give the bot at work."""
    return told_by_five[0]


async def until_whole(trial: Trial, side: SideName) -> None:
    """Wait until the card names all of them, and each has its line."""
    await until(
        trial,
        lambda: len(below(trial, side)) == len(OUTLETS) and names_all(cards(trial, side)[0]),
    )


def cards(trial: Trial, side: SideName) -> list[Shown]:
    """Return the posts of articles in the channel itself."""
    return [it for it in posts(trial, side) if not it.below]


def below(trial: Trial, side: SideName) -> list[Shown]:
    """Return what stands in threads."""
    return [it for it in messages(trial, side, MIA, NEWS) if it.below]


def names_all(card: Shown) -> bool:
    """Say whether a card names every outlet."""
    return all(outlet in text(card) for outlet in OUTLETS)


@on_each_side
async def test_five_outlets_are_one_post_one_thread_four_lines_and_one_edited_card(
    told_by_five: Told, side: SideName
) -> None:
    (card, *others), lines = told_by_five[1][side]

    assert others == []
    assert TITLE in text(card)
    assert card.is_edited
    assert "Also covered by" in text(card)
    assert "66/100" in text(card)
    assert {line.below for line in lines} == {card.id}
    assert sorted(outlet for line in lines for outlet in OUTLETS if outlet in text(line)) == sorted(
        OUTLETS
    )


async def test_on_discord_there_is_one_thread_with_the_title_of_the_story(trial: Trial) -> None:
    threads = [it.name for it in trial.scene.discord.channels if it.parent_id]

    assert threads == [TITLE]


@on_each_side
async def test_a_mod_splits_off_a_line_and_a_member_may_not(trial: Trial, side: SideName) -> None:
    line = next(it for it in below(trial, side) if "trainingdesk.example" in text(it))
    press = Press(line.id, button(line.body, "Split off"))

    assert await trial.scene.press(side, MIA, NEWS, press) == ""
    await until_told(trial, side, MIA, NEWS, "To change this channel you need")
    assert await trial.scene.press(side, ADA, NEWS, press) == ""
    await until_told(trial, side, ADA, NEWS, "gets a post of its own here.")
    await until(trial, lambda: len(cards(trial, side)) > 1)

    assert told(trial, side, ADA, NEWS, "In this channel it stays apart from that story.")
    assert "trainingdesk.example" in text(cards(trial, side)[1])
