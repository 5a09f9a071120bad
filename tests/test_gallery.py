"""Whatever the bot says is within the limits, and reaches those who do not see it."""

import re
from collections.abc import Callable, Iterator

from bots.discord.render import as_body, as_plain_body, payload
from bots.slack.render import as_payload, as_smaller_payload
from core.messages import Button, Buttons, Lines, Message
from tests.gallery import NAMES, message
from tests.readers import objects, unheard_on_slack, wrong_on_discord, wrong_on_slack

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


def test_discord_takes_each_whole_and_plainly_drawn() -> None:
    def wrong(name: str) -> object:
        said = message(name, "discord")
        return wrong_on_discord(as_body(said)) | wrong_on_discord(as_plain_body(said))

    assert _found(wrong) == {}


def test_slack_takes_each_whole_and_in_its_smaller_form() -> None:
    def wrong(name: str) -> object:
        said = message(name, "slack")
        return wrong_on_slack(as_payload(said)) + wrong_on_slack(as_smaller_payload(said))

    assert _found(wrong) == {}


def test_on_slack_all_that_is_seen_is_heard_in_order() -> None:
    assert _found(lambda name: unheard_on_slack(message(name, "slack"))) == {}


def test_every_picture_is_told_in_words() -> None:
    def untold(name: str) -> object:
        told = _told(name)
        expected = 2 if "image" in name or name == "part-all" else 0
        return told if len(told) != expected or not all(told) else None

    assert _found(untold) == {}


def test_every_button_says_what_it_does() -> None:
    # Related stands under every post: one word, known from its command. A number is a story's.
    says = re.compile(rf"({'|'.join(VERBS)})( .+)?|Related|{TURNS}|#\S+|\d+")

    def unclear(name: str) -> object:
        labels = [button.label for button in _buttons(message(name, "discord"))]
        return [label for label in labels if not says.fullmatch(label)]

    assert _found(unclear) == {}


def test_a_button_with_a_number_is_that_of_a_story_above() -> None:
    def stray(name: str) -> object:
        said = message(name, "discord")
        numbers = [it.label for it in _buttons(said) if it.label.isdecimal()]
        stories = [line for part in said.parts if isinstance(part, Lines) for line in part.lines]
        return numbers if numbers != [str(n + 1) for n in range(len(stories))] else None

    assert _found(stray) == {}


def test_each_button_is_drawn_on_each_platform() -> None:
    def undrawn(name: str) -> object:
        return {at: drawn for at in ("discord", "slack") if (drawn := _not_drawn(name, at))}

    assert _found(undrawn) == {}


def _found(wrong: Callable[[str], object]) -> dict[str, object]:
    """Return what is wrong with the messages, by their names."""
    return {name: found for name in NAMES if (found := wrong(name))}


def _told(name: str) -> list[object]:
    on_discord = list(objects(payload(message(name, "discord"))))
    on_slack = list(objects(as_payload(message(name, "slack"))["blocks"]))
    told = [it.get("description") for it in on_discord if "media" in it]
    return [*told, *(it.get("alt_text") for it in on_slack if it.get("type") == "image")]


def _not_drawn(name: str, platform: str) -> int:
    said = message(name, platform)
    shown: object = payload(said) if platform == "discord" else as_payload(said)
    kind = 2 if platform == "discord" else "button"
    drawn = [it for it in objects(shown) if it.get("type") == kind]
    return len(list(_buttons(said))) - len(drawn)


def _buttons(said: Message) -> Iterator[Button]:
    for part in said.parts:
        if isinstance(part, Buttons):
            yield from part.buttons
