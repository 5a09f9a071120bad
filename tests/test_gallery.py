"""Whatever the bot says is within the limits, and reaches those who do not see it."""

import re
from collections.abc import Iterator

import pytest

from bots.discord.render import as_body, as_plain_body, payload
from bots.slack.render import as_payload, as_smaller_payload
from core.messages import Button, Buttons, Lines, Message
from tests.gallery import NAMES, message
from tests.readers import objects, unheard_on_slack, wrong_on_discord, wrong_on_slack

every_message = pytest.mark.parametrize("name", NAMES)

VERBS = {
    *("Add", "Back", "Change", "Check", "Delete", "Fix", "Follow", "Hold", "Leave", "Limit"),
    *("Mute", "Move", "Next", "Pause", "Post", "Preview", "Read", "Remove", "Resume", "Search"),
    *(
        "Send",
        "Set",
        "Share",
        "Show",
        "Skip",
        "Split",
        "Start",
        "Stop",
        "Take",
        "Try",
        "Undo",
        "Unfollow",
        "Use",
    ),
}
TURNS = "Next|Previous|Newest first|Best first"
"""What turns pages everywhere, and in which order they are."""


@every_message
def test_discord_takes_it_whole_and_plainly_drawn(name: str) -> None:
    said = message(name, "discord")

    assert wrong_on_discord(as_body(said)) == {}
    assert wrong_on_discord(as_plain_body(said)) == {}


@every_message
def test_slack_takes_it_whole_and_in_its_smaller_form(name: str) -> None:
    said = message(name, "slack")

    assert wrong_on_slack(as_payload(said)) == []
    assert wrong_on_slack(as_smaller_payload(said)) == []


@every_message
def test_on_slack_all_that_is_seen_is_heard_in_order(name: str) -> None:
    assert unheard_on_slack(message(name, "slack")) == []


@every_message
def test_every_picture_is_told_in_words(name: str) -> None:
    on_discord = list(objects(payload(message(name, "discord"))))
    on_slack = list(objects(as_payload(message(name, "slack"))["blocks"]))

    told = [it.get("description") for it in on_discord if "media" in it]
    told += [it.get("alt_text") for it in on_slack if it.get("type") == "image"]
    assert all(told), told
    assert len(told) == (2 if "image" in name or name == "part-all" else 0)


@every_message
def test_every_button_says_what_it_does(name: str) -> None:
    labels = [button.label for button in _buttons(message(name, "discord"))]

    # Related stands under every post: one word, known from its command. A number is a story's.
    said = re.compile(rf"({'|'.join(VERBS)})( .+)?|Related|{TURNS}|#\S+|\d+")
    assert [label for label in labels if not said.fullmatch(label)] == []


@every_message
def test_a_button_with_a_number_is_that_of_a_story_above(name: str) -> None:
    said = message(name, "discord")

    numbers = [it.label for it in _buttons(said) if it.label.isdecimal()]
    stories = [line for part in said.parts if isinstance(part, Lines) for line in part.lines]
    assert numbers in ([], [str(n) for n in range(1, len(stories) + 1)])


@every_message
@pytest.mark.parametrize("platform", ["discord", "slack"])
def test_each_button_is_drawn_on_each_platform(platform: str, name: str) -> None:
    said = message(name, platform)

    shown: object = payload(said) if platform == "discord" else as_payload(said)
    kind = 2 if platform == "discord" else "button"
    drawn = [it for it in objects(shown) if it.get("type") == kind]
    assert len(drawn) == len(list(_buttons(said)))


def _buttons(said: Message) -> Iterator[Button]:
    for part in said.parts:
        if isinstance(part, Buttons):
            yield from part.buttons
