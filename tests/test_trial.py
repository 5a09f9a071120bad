"""The whole bot in the sandbox, as the people there see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import ADA, DIRECT, MIA, Press, Shown, SideName
from bots.trial import Trial, open_trial
from tests.news import RELATED, SUMMARY, TITLE
from tests.program import PATIENCE
from tests.sealing import button

NEWS = "ai-news"
INTRODUCTION = "New stories are posted here about"
SIDES: tuple[SideName, ...] = ("discord", "slack")

# One for all tests: each does something that none of the others looks at.
pytestmark = pytest.mark.asyncio(loop_scope="module")
on_each_side = pytest.mark.parametrize("side", SIDES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the bot keeps what it has; `articles` in it is read."""
    return tmp_path_factory.mktemp("trial")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trial(folder: Path) -> AsyncIterator[Trial]:
    """Give the bot at work, with the article in #ai-news on both sides."""
    async with open_trial(folder) as opened:
        await opened.let_news_in()
        for side in SIDES:
            await until_told(opened, side, ADA, NEWS, TITLE)
        yield opened


async def until(trial: Trial, stands: Callable[[], bool]) -> None:
    """Wait until it `stands` so in the scene."""
    changes = trial.scene.listen()
    async with asyncio.timeout(PATIENCE):
        while not stands():
            await anext(changes)
    trial.scene.forget(changes)


async def until_told(trial: Trial, side: SideName, person: str, place: str, said: str) -> None:
    """Wait until the bot said this there."""
    await until(trial, lambda: told(trial, side, person, place, said))


def words(value: object) -> Iterator[str]:
    """Give every text in a vendor's object."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from words(inner)
        case list() | tuple():
            for inner in value:
                yield from words(inner)
        case _:
            return


def text(shown: Shown) -> str:
    """Return all that a message says."""
    return "\n".join(words(shown.body))


def messages(trial: Trial, side: SideName, person: str, place: str) -> list[Shown]:
    """Return what the bot said there, as this person sees it."""
    return [s for s in trial.scene.shown(side, person, place) if s.kind == "bot"]


def told(trial: Trial, side: SideName, person: str, place: str, said: str) -> bool:
    """Say whether the bot said this there, for this person to see."""
    return any(said in text(shown) for shown in messages(trial, side, person, place))


def answer(trial: Trial, side: SideName, person: str) -> Shown:
    """Return what the bot last said to this person alone in #ai-news."""
    return [s for s in messages(trial, side, person, NEWS) if s.only_you][-1]


async def ask(trial: Trial, side: SideName, person: str, typed: str) -> Shown:
    """Type a command in #ai-news, and return the answer to it."""
    is_short = side == "discord" or typed.startswith("subscribe ")
    slash = f"/{typed}" if is_short else f"/themata {typed}"
    assert await trial.scene.type_words(side, person, NEWS, slash) == ""
    return answer(trial, side, person)


def posts(trial: Trial, side: SideName, *, tell_articles: bool = True) -> list[Shown]:
    """Return what stands in #ai-news: posts of articles, or what says who set it up."""
    stand = [s for s in messages(trial, side, MIA, NEWS) if not s.only_you]
    return [it for it in stand if (INTRODUCTION not in text(it)) == tell_articles]


def post(trial: Trial, side: SideName) -> Shown:
    """Return the first post of an article in #ai-news."""
    return posts(trial, side)[0]


async def press(trial: Trial, side: SideName, label: str) -> Shown:
    """Press a button of the first post as Mia, and return the answer to it."""
    found = post(trial, side)
    pressed = Press(found.id, button(found.body, label))
    assert await trial.scene.press(side, MIA, NEWS, pressed) == ""
    return answer(trial, side, MIA)


@on_each_side
async def test_a_channel_is_told_once_who_set_it_up_by_typing(trial: Trial, side: SideName) -> None:
    assert len(posts(trial, side, tell_articles=False)) == 1


@on_each_side
async def test_the_article_is_posted(trial: Trial, side: SideName) -> None:
    said = text(post(trial, side))

    assert TITLE in said
    assert SUMMARY in said
    assert "51/100" in said


@on_each_side
@pytest.mark.parametrize("title", RELATED)
async def test_an_article_from_before_is_not_posted(
    trial: Trial, side: SideName, title: str
) -> None:
    public = [s for s in messages(trial, side, MIA, NEWS) if not s.only_you]

    assert [shown for shown in public if title in text(shown)] == []
    assert not told(trial, side, MIA, "general", title)
    assert not told(trial, side, MIA, DIRECT, title)


@on_each_side
async def test_a_member_follows_a_tag_and_is_sent_the_next_article(
    trial: Trial, folder: Path, side: SideName
) -> None:
    title = f"Gemma 4 runs on phones, as {side} hears"
    item = {"title": title, "url": f"https://themata.ai/news/gemma-{side}", "tags": ["llms"]}

    followed = await ask(trial, side, MIA, "subscribe llms")
    (folder / "articles" / f"{side}.json").write_text(json.dumps(item), encoding="utf-8")
    await until_told(trial, side, MIA, DIRECT, title)

    assert "You now follow #llms" in text(followed)
    assert not told(trial, side, ADA, NEWS, "You now follow #llms")
    assert not told(trial, side, ADA, DIRECT, title)
    assert [title in text(sent) for sent in messages(trial, side, MIA, DIRECT)].count(True) == 1


@on_each_side
async def test_the_related_button_tells_the_stories_that_the_page_names(
    trial: Trial, side: SideName
) -> None:
    related = await press(trial, side, "Related")

    assert [title for title in RELATED if title not in text(related)] == []


@on_each_side
async def test_the_follow_button_follows(trial: Trial, side: SideName) -> None:
    followed = await press(trial, side, "Follow #meta")
    subscriptions = await ask(trial, side, MIA, "subscriptions")

    assert "You now follow #meta" in text(followed)
    assert "#meta" in text(subscriptions)


@on_each_side
async def test_a_member_may_not_choose_for_a_channel(trial: Trial, side: SideName) -> None:
    refusal = await ask(trial, side, MIA, "channel follow openai")
    status = await ask(trial, side, ADA, "channel status")

    assert "To change this channel you need" in text(refusal)
    assert "This channel follows #llms and #meta" in text(status)


@on_each_side
async def test_a_tag_that_is_nearly_right_is_offered(trial: Trial, side: SideName) -> None:
    near = await ask(trial, side, MIA, "subscribe opena")

    assert "Did you mean #openai" in text(near)
    assert button(near.body, "Follow #openai")
