"""On Discord, choosing from a list and sending a form are what typing the words would be."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bots.discord.asking import MOST_OPTIONS
from bots.discord.render import payload
from bots.sandbox.discord import Answer, Channel, DiscordStandIn, Message, NotPossible, User
from core import compose, messages
from core.commands import Caller, ChannelFollow, Command, Search
from core.messages import Buttons, Choice, Choices, GroupChoice, Text
from tests.readers import objects, wrong_on_discord
from tests.test_discord_bot import FakeDesk, FakeNotes, running

PAGES = Choices(
    "Pages",
    "search page:2 upto:9",
    (Choice("About a", "a", "the first"), Choice("About b", "b", chosen=True), Choice("c", "c")),
    least=0,
    most=2,
    hint="Nothing is chosen",
)
ROLES = GroupChoice("Ping", "search page:3 upto:9", hint="Nobody")
ASKS = Buttons(
    (
        compose.ask("Set quiet hours", "channel follow llms quiet:", "21:00-06:00"),
        compose.ask("Add tags", "channel follow more"),
    )
)


class Asking(FakeDesk):
    """A desk whose answers have a list and buttons that open forms."""

    async def answer(self, command: Command, caller: Caller) -> messages.Message:
        """Say which answer this is."""
        self.asked.append((command, caller))
        return messages.Message((Text(f"Answer {len(self.asked)}"), PAGES, ROLES, ASKS))


@dataclass
class Asked:
    """A member to whom an answer is shown that asks for more."""

    discord: DiscordStandIn
    news: Channel
    mia: User
    desk: Asking
    shown: Message

    async def press(self, label: str) -> Answer:
        """Press the button with this label."""
        [button] = [it for it in self.shown.buttons if it["label"] == label]
        return await self.discord.press(self.mia, self.news, self.shown, button["custom_id"])

    @property
    def commands(self) -> list[Command]:
        """What the desk was asked since."""
        return [command for command, _ in self.desk.asked[1:]]


@pytest.fixture
async def asked() -> AsyncIterator[Asked]:
    desk = Asking()
    async with DiscordStandIn() as discord, running(discord, desk, FakeNotes()):
        news = discord.add_channel(discord.add_guild("Acme"), "ai-news")
        mia = discord.add_user("mia")
        answer = await discord.type_command(mia, news, "tags")
        assert answer.message
        yield Asked(discord, news, mia, desk, answer.message)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["c"], "page:2 upto:9 c"),
        (["a", "c"], "page:2 upto:9 a c"),
        ([], "page:2 upto:9"),
    ],
)
async def test_choosing_is_what_typing_the_words_and_values_would_be(
    asked: Asked, values: list[str], words: str
) -> None:
    [listed] = asked.shown.lists

    answer = await asked.discord.choose(
        asked.mia, asked.news, asked.shown, listed["custom_id"], values
    )

    await asked.discord.until(lambda: bool(asked.commands))
    assert asked.commands == [Search(words)]
    assert answer.kind == "update"
    assert len(asked.discord.private(asked.mia, asked.news)) == 1


async def test_a_list_shows_what_is_chosen_and_says_more(asked: Asked) -> None:
    [listed] = asked.shown.lists

    assert listed["placeholder"] == "Nothing is chosen"
    assert (listed["min_values"], listed["max_values"]) == (0, 2)
    assert [option.get("default", False) for option in listed["options"]] == [False, True, False]
    assert listed["options"][0]["description"] == "the first"
    assert "Pages" in asked.shown.text


@pytest.mark.parametrize("many", [1, 0])
async def test_choosing_a_role_is_what_typing_its_id_would_be(asked: Asked, many: int) -> None:
    role = asked.discord.add_role(asked.discord.guilds[0], "news")
    [listed] = asked.shown.role_lists
    values = [role.id][:many]
    where = (asked.mia, asked.news, asked.shown, listed["custom_id"])

    answer = await asked.discord.choose(*where, values)

    await asked.discord.until(lambda: bool(asked.commands))
    assert asked.commands == [Search(" ".join(("page:3 upto:9", *values)))]
    assert answer.kind == "update"
    assert listed["placeholder"] == "Nobody"


async def test_only_roles_of_the_server_can_be_chosen_and_not_that_of_everyone(
    asked: Asked,
) -> None:
    foreign = asked.discord.add_role(asked.discord.add_guild("Other"), "news")
    [listed] = asked.shown.role_lists
    where = (asked.mia, asked.news, asked.shown, listed["custom_id"])

    for role in (foreign.id, asked.news.guild_id, asked.mia.id):
        with pytest.raises(NotPossible):
            await asked.discord.choose(*where, [role])


def test_a_role_that_is_chosen_already_is_shown_as_chosen() -> None:
    chosen = GroupChoice("Ping", "channel set ping", "118730126411823929")
    other = replace(chosen, chosen="S0AB")

    [shown] = [it for it in objects(payload(messages.Message((chosen,)))) if it.get("type") == 6]
    assert shown["default_values"] == [{"id": "118730126411823929", "type": "role"}]
    assert "S0AB" not in str(payload(messages.Message((other,))))


def test_a_list_of_roles_whose_words_are_too_long_is_left_out() -> None:
    long = GroupChoice("Ping", "channel set " + "a" * 100)

    assert payload(messages.Message((Text("Words"), long))) == payload(
        messages.Message((Text("Words"),))
    )


async def test_a_button_that_asks_opens_a_form(asked: Asked) -> None:
    answer = await asked.press("Set quiet hours")

    assert answer.kind == "modal"
    assert answer.modal is not None
    assert answer.modal["title"] == "Set quiet hours"
    [row] = answer.modal["components"]
    assert row["label"] == "From when until when"
    assert row["component"]["placeholder"] == "22:00-07:00"
    assert row["component"]["value"] == "21:00-06:00"
    assert asked.commands == []


@pytest.mark.parametrize(
    ("label", "typed", "words"),
    [
        ("Set quiet hours", "22:00-07:00", ("llms", "quiet:22:00-07:00")),
        ("Add tags", "llms  meta", ("more", "llms", "meta")),
        ("Add tags", "ask nothing|help", ("more", "ask", "nothing|help")),
    ],
)
async def test_sending_a_form_is_what_typing_the_words_and_what_was_typed_would_be(
    asked: Asked, label: str, typed: str, words: tuple[str, ...]
) -> None:
    form = await asked.press(label)

    answer = await asked.discord.send_form(asked.mia, asked.news, form, {"typed": typed})

    assert asked.commands == [ChannelFollow(words)]
    assert answer.message is not None
    assert answer.message.says("Answer 2")


async def test_an_empty_form_cannot_be_sent(asked: Asked) -> None:
    form = await asked.press("Add tags")

    with pytest.raises(NotPossible):
        await asked.discord.send_form(asked.mia, asked.news, form, {"typed": ""})


def test_a_list_has_no_more_than_discord_takes() -> None:
    many = tuple(Choice(f"label {n}" * 20, f"{n}", "about " * 30, chosen=True) for n in range(40))
    said = messages.Message((Choices("n" * 500, "tags", (*many, many[0]), 30, 40, "h" * 500),))

    assert wrong_on_discord(_written(said)) == {}
    [listed] = [it for it in objects(payload(said)) if it.get("type") == 3]
    assert [option["value"] for option in listed["options"]] == [
        str(n) for n in range(MOST_OPTIONS)
    ]


@pytest.mark.parametrize(
    "choices",
    [
        Choices("Name", "tags", ()),
        Choices("Name", "tags", (Choice("", "a"), Choice("b", ""), Choice("c", "c" * 101))),
        Choices("Name", "tags " + "a" * 100, (Choice("a", "a"),)),
    ],
)
def test_a_list_from_which_nothing_can_be_chosen_is_left_out(choices: Choices) -> None:
    said = messages.Message((Text("Words"), choices))

    assert payload(said) == payload(messages.Message((Text("Words"),)))


def test_only_as_many_are_chosen_as_can_be() -> None:
    said = messages.Message((Choices("", "tags", tuple(Choice(n, n, "", True) for n in "abc")),))

    [listed] = [it for it in objects(payload(said)) if it.get("type") == 3]
    assert [option.get("default", False) for option in listed["options"]] == [True, False, False]


def _written(said: messages.Message) -> bytes:
    return json.dumps(payload(said)).encode()
