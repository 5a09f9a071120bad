"""The scene: the cast on both sides, and how what they type is taken."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.scene import ADA, MIA, PEOPLE, PLACES, Press, Scene, Shown, SideName, open_scene
from core.commands import ChannelFollow, Command, Help, Related, Subscribe, Subscriptions
from tests.scenebots import NamingDesk, bots_at, unhurried_scene
from tests.sealing import button

SIDES: tuple[SideName, ...] = ("discord", "slack")
SUBSCRIBE = {
    "name": "subscribe",
    "description": "Follow tags",
    "options": [{"type": 3, "name": "tags", "description": "Which", "required": True}],
}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with unhurried_scene() as opened:
        yield opened


@pytest.fixture
def desk() -> NamingDesk:
    return NamingDesk()


@pytest.fixture
async def lively(scene: Scene, desk: NamingDesk) -> AsyncIterator[Scene]:
    async with bots_at(scene, desk):
        yield scene


def ids(shown: list[Shown]) -> list[str]:
    """Return the ids of what is shown."""
    return [one.id for one in shown]


TYPED: tuple[tuple[SideName, str, Command], ...] = (
    ("discord", "/subscribe llms", Subscribe(("llms",))),
    ("discord", "/subscribe tags: llms meta", Subscribe(("llms", "meta"))),
    ("discord", "/subscriptions", Subscriptions()),
    ("discord", "/channel follow llms meta", ChannelFollow(("llms", "meta"))),
    ("discord", "  /channel   follow llms", ChannelFollow(("llms",))),
    ("discord", "/related https://example.org/a?b=1", Related("https://example.org/a?b=1")),
    ("slack", "/subscribe llms", Subscribe(("llms",))),
    ("slack", "/themata channel follow llms", ChannelFollow(("llms",))),
    ("slack", "/themata", Help()),
    ("slack", "@Themata help", Help()),
    ("slack", "@themata subscribe llms", Subscribe(("llms",))),
)
"""What is typed on a side, and what is asked by it."""


async def test_typed_words_reach_the_bot_as_that_side_takes_them(
    lively: Scene, desk: NamingDesk
) -> None:
    for side, words, command in TYPED:
        desk.asked.clear()

        remark = await lively.type_words(side, ADA, "ai-news", words)

        assert remark == "", words
        assert [asked for asked, _ in desk.asked] == [command]


@pytest.mark.parametrize("side", SIDES)
async def test_only_who_asked_sees_the_answer(lively: Scene, side: SideName) -> None:
    await lively.type_words(side, MIA, "general", "/subscribe llms")

    answer = lively.shown(side, MIA, "general")[-1]
    assert answer.only_you
    assert "This is Subscribe" in str(answer.body)
    assert answer.id not in ids([*lively.shown(side, ADA, "general")])
    assert lively.shown(side, MIA, "ai-news") == []


@pytest.mark.parametrize("side", SIDES)
async def test_a_pressed_button_is_answered(
    lively: Scene, desk: NamingDesk, side: SideName
) -> None:
    await lively.type_words(side, MIA, "general", "/subscribe llms")
    answer = lively.shown(side, MIA, "general")[-1]

    remark = await lively.press(
        side, MIA, "general", Press(answer.id, button(answer.body, "Follow #meta"))
    )

    assert remark == ""
    assert desk.asked[-1][0] == Subscribe(("meta",))


@pytest.mark.parametrize("side", SIDES)
async def test_a_button_that_is_not_there_is_explained(scene: Scene, side: SideName) -> None:
    remark = await scene.press(side, MIA, "general", Press("1", "t1:help"))

    assert "sees no message 1" in remark


@pytest.mark.parametrize("side", SIDES)
async def test_ada_may_manage_channels_and_mia_may_not(
    lively: Scene, desk: NamingDesk, side: SideName
) -> None:
    words = {"discord": "/channel status", "slack": "/themata channel status"}[side]

    for person in PEOPLE:
        await lively.type_words(side, person, "general", words)

    assert [caller.may_manage for _, caller in desk.asked] == [True, False]


async def test_discord_says_which_command_an_answer_is_to(lively: Scene) -> None:
    await lively.type_words("discord", MIA, "ai-news", "/subscribe llms")

    assert lively.shown("discord", MIA, "ai-news")[-1].asked == "Mia used /subscribe"


@pytest.mark.parametrize(
    ("side", "place", "words", "remark"),
    [
        ("discord", "general", "/nope", "No app here has a command /nope."),
        ("discord", "general", "/channel", "/channel needs one more word: follow, unfollow"),
        ("discord", "general", "/channel fly", "/channel needs one more word: follow, unfollow"),
        ("discord", "direct", "/channel follow llms", "/channel is not offered here."),
        ("discord", "general", "/help me", "/help takes nothing after it."),
        ("discord", "general", "/subscribe", "/subscribe needs tags."),
        ("slack", "general", "/nope", "/nope is not a valid command."),
        ("slack", "general", "hello", "Only commands and mentions are carried out here"),
        ("slack", "direct", "@Themata help", "Slack tells apps of mentions in channels only."),
    ],
)
async def test_words_that_no_app_takes_are_explained(
    lively: Scene, side: SideName, place: str, words: str, remark: str
) -> None:
    said = await lively.type_words(side, ADA, place, words)

    assert said.startswith(remark)
    assert lively.shown(side, ADA, place)[-1].body == {"text": said}
    assert lively.shown(side, MIA, place) == []


async def test_a_plain_sentence_on_discord_stands_in_the_channel(scene: Scene) -> None:
    await scene.type_words("discord", MIA, "general", "hello")

    (said,) = scene.shown("discord", ADA, "general")
    assert (said.author, said.kind, said.body["content"]) == ("Mia", "person", "hello")


async def test_a_bot_that_says_nothing_is_told_of_as_discord_does() -> None:
    hasty = DiscordLimits(answer_within=0.01)
    async with open_scene(discord_limits=hasty) as scene:
        scene.discord.registrations.overwrite([SUBSCRIBE])

        remark = await scene.type_words("discord", MIA, "general", "/subscribe llms")

    assert remark == "The application did not respond."


async def test_a_slack_without_an_app_says_so(scene: Scene) -> None:
    remark = await scene.type_words("slack", MIA, "general", "/subscribe llms")

    assert remark.startswith("/subscribe failed with the error")


async def test_discord_suggests_tags_as_the_bot_does(lively: Scene) -> None:
    found = await lively.suggestions("discord", MIA, "general", "/subscribe ll")

    assert [one.words for one in found] == ["/subscribe llms", "/subscribe llama"]
    assert found[0].label == "llms (3)"


@pytest.mark.parametrize(
    ("side", "person", "words", "offered"),
    [
        ("discord", ADA, "/sub", ["/subscribe ", "/subscriptions"]),
        (
            "discord",
            ADA,
            "/ch",
            [
                "/channel follow ",
                "/channel unfollow ",
                "/channel settings ",
                "/channel status ",
                "/channel zone ",
                "/channel managers ",
                "/channel preview ",
                "/channel test ",
                "/channel pause ",
                "/channel resume ",
                "/channel waiting ",
                "/channel move ",
                "/channel mute ",
                "/channel history ",
                "/channel undo ",
                "/channel export ",
                "/channel log ",
                "/channel crosspost ",
            ],
        ),
        ("discord", MIA, "/ch", []),
        ("discord", MIA, "/help ", []),
        ("discord", MIA, "hello", []),
        ("slack", MIA, "/s", ["/subscribe "]),
        ("slack", MIA, "/subscribe l", []),
        ("slack", MIA, "@the", ["@Themata "]),
        ("slack", MIA, "hello", []),
    ],
)
async def test_commands_are_suggested_to_those_who_may_use_them(
    lively: Scene, side: SideName, person: str, words: str, offered: list[str]
) -> None:
    found = await lively.suggestions(side, person, "general", words)

    assert [one.words for one in found] == offered


@pytest.mark.parametrize("side", SIDES)
async def test_everyone_has_direct_messages_of_their_own(lively: Scene, side: SideName) -> None:
    await lively.type_words(side, MIA, "direct", "/subscribe llms")

    assert len(lively.shown(side, MIA, "direct")) == 1
    assert lively.shown(side, ADA, "direct") == []


@pytest.mark.parametrize("side", SIDES)
async def test_changes_are_told_where_they_can_be_seen(lively: Scene, side: SideName) -> None:
    listening = lively.listen()

    await lively.type_words(side, MIA, "direct", "/subscribe llms")

    notice = await anext(listening)
    assert (notice.side, notice.place, notice.person) == (side, "direct", MIA)


async def test_what_everyone_sees_is_told_to_everyone(scene: Scene) -> None:
    listening = scene.listen()

    scene.discord.say(
        scene.discord_side.users[MIA], scene.discord_side.channels["general"], "hello"
    )

    notice = await anext(listening)
    assert (notice.place, notice.person) == ("general", "")


async def test_listening_ends_with_the_scene() -> None:
    async with unhurried_scene() as scene:
        listening = scene.listen()

    assert [notice async for notice in listening] == []


async def test_a_new_scene_is_empty(scene: Scene) -> None:
    shown = [scene.shown(s, p, place) for s in SIDES for p in PEOPLE for place in PLACES]

    assert shown == [[]] * len(shown)
