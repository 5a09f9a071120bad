"""The settings of a channel that are seldom changed: a second page, beside the first."""

from core.compose.mentions import mentioned_by
from core.compose.panel import (
    MORE,
    Panel,
    changed_by,
    choices_of_rules,
    state_of,
    who_may,
)
from core.compose.phrases import row
from core.crossposts import MOST
from core.messages import (
    Choice,
    Choices,
    GroupChoice,
    Heading,
    Mention,
    Message,
    Note,
    Part,
    Place,
    WordsButton,
)
from core.rights import ANYONE
from core.rules import grouped

PING, MANAGERS, BESIDE, CROSSPOST = "ping", "managers", "beside", "crosspost"
"""What is typed to set these: whom posts mention, who may change all, who may beside the mods, and
whether posts are passed on."""

_NAMED_ABOVE = "The one named above"


def more_settings(about: Panel, said: tuple[Part, ...] = ()) -> Message:
    """Return the settings that are seldom changed, below what was `said` to a change."""
    return Message(
        (
            *_opening(about.channel),
            *said,
            *_pinged(about),
            *_managers(about),
            *_passed_on(about),
            row(
                WordsButton("Back to settings", about.words("again")),
                WordsButton("Undo last change", about.words(MORE, "undo")),
            ),
            *changed_by(about),
        )
    )


def _opening(channel: str) -> list[Part]:
    return [Heading("More settings"), *([Place(channel)] if channel else [])]


def _pinged(about: Panel) -> list[Part]:
    """Return whom the posts of a rule mention, and the list to choose it."""
    role = about.rule.terms.mention
    is_one = len(grouped(about.has.rules)) == 1
    words = about.words(f"as:{about.rule.state}", PING)
    return [
        *([] if is_one else [choices_of_rules(about, MORE)]),
        *([mentioned_by("Posts here" if is_one else "Posts by this rule", role)] if role else []),
        GroupChoice("Ping", words, role, _NAMED_ABOVE, "Nobody"),
    ]


def _managers(about: Panel) -> list[Part]:
    who = about.settings.managers
    if not about.chooses_managers:
        return [*who_may(who, about.right), Note(("Only mods choose who may change this",))]
    role, state = ("" if who == ANYONE else who), f"as:{state_of(who)}"
    choices = (
        Choice("Only mods", "mods", chosen=not who),
        *([Choice("Mods and a role or group", role, chosen=True)] if role else []),
        Choice("Every member", ANYONE, "Guests never can", chosen=who == ANYONE),
    )
    beside = GroupChoice(
        "A role or group that can, too", about.words(state, BESIDE), role, _NAMED_ABOVE, "None"
    )
    return [
        Choices("Who can change this channel", about.words(state, MANAGERS), choices),
        *([Mention((role,), "Beside its mods:")] if role else []),
        beside,
    ]


def _passed_on(about: Panel) -> list[Part]:
    are_passed_on = about.settings.crosspost
    if not about.can_crosspost and not are_passed_on:
        return []
    choices = (
        Choice("They stand here alone", "off", chosen=not are_passed_on),
        Choice(
            "They are passed on",
            "on",
            f"To the channels that follow this one, at most {MOST} an hour",
            chosen=are_passed_on,
        ),
    )
    return [Choices("Posts of this channel", about.words(CROSSPOST), choices)]
