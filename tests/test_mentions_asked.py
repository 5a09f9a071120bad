"""Mods choose whom a channel's posts mention, and are told without a ping."""

import pytest

from core.messages import Mention, Message, as_text
from tests.test_desk import ADA as MOD
from tests.test_desk import CHANNEL, Conversation, buttons
from tests.test_desk import talk as talk  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.mostly_one_database

ROLE = "1187301264118239299"


def mentions(message: Message) -> list[tuple[str, ...]]:
    """Return whom an answer mentions."""
    return [part.ids for part in message.parts if isinstance(part, Mention) and not part.pings]


async def test_the_answer_names_the_role_and_undo_takes_it_back(talk: Conversation) -> None:
    await talk.type("channel follow llms openai", MOD)

    answer = await talk.type(f"channel follow llms mention:{ROLE}", MOD)

    assert as_text(answer).splitlines()[:3] == [
        "This channel now follows, on other terms, #llms.",
        "Each new article is posted here, as soon as it is out.",
        f"Posts about #llms mention @{ROLE}",
    ]
    assert mentions(answer) == [(ROLE,)]
    assert mentions(await talk.type("channel status", MOD)) == [(ROLE,)]
    undone = await talk.type(buttons(answer)["Undo"], MOD)
    assert "Taken back: #llms: a role is mentioned." in as_text(undone)
    assert mentions(await talk.type("channel status", MOD)) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("mention:everyone", "Everyone at once cannot be mentioned, only a role or a group."),
        ("mention:@news", "I know no role or group “mention:@news”."),
        ("mention", "I do not understand “mention”. Did you mean mention:off?"),
    ],
)
async def test_what_cannot_be_mentioned_changes_nothing(
    talk: Conversation, typed: str, said: str
) -> None:
    answer = await talk.says(f"channel follow llms {typed}", MOD)

    assert said in answer
    assert "Nothing was changed." in answer
    assert await talk.follows(CHANNEL) == ()


async def test_a_member_hears_that_only_a_channels_posts_mention(talk: Conversation) -> None:
    answer = await talk.says(f"subscribe llms mention:{ROLE}")

    assert "Only a channel's posts can mention somebody, not yours:" in answer
    assert await talk.follows(MOD.direct) == ()


async def test_only_mods_choose_whom_posts_mention(talk: Conversation) -> None:
    await talk.type(f"channel follow llms mention:{ROLE}")

    assert await talk.follows(CHANNEL) == ()
