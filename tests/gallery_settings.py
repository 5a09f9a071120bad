"""The settings of channels as they are shown: of a new one, a usual one and one with everything."""

from dataclasses import replace
from datetime import timedelta

from core import compose
from core.compose.panel import Panel
from core.compose.setting_up import Chosen
from core.desk.retuning import rule_of
from core.forecast import Forecast
from core.localtime import Quiet, Rhythm
from core.messages import Message, Part
from core.outbox import KeptBack, Traffic
from core.rules import NO_TERMS, Rules, Terms
from core.settings import Settings
from core.subscriptions import Following
from tests.news import NOW

COUNTS = {"llms": 214, "ai-agents": 96, "meta": 41, "on-device": 38, "openai": 152, "chips": 12}
USUAL: Rules = dict.fromkeys(("llms", "on-device"), Terms(most_a_day=8))
FULL: Rules = {
    **dict.fromkeys(
        ("ai-agents+meta", "llms"),
        Terms(
            heat=60,
            without=("crypto", "spam.example"),
            style="full",
            mention="118730126411823929",
            rhythm=Rhythm("weekly", 960, 4),
            quiet=Quiet(1110, 480),
            most_a_day=3,
            related=True,
        ),
    ),
    **dict.fromkeys((f"tag-{n}" for n in range(40)), Terms(style="line")),
    "*": Terms(heat=90),
}
CHOSEN = Chosen(("llms", "openai", "ai-agents"), Terms(most_a_day=8))


def usual(person: str, right: str) -> Panel:
    """Return what is known of a channel that posts as it should."""
    return Panel(
        Following(USUAL, None, 1),
        rule_of(USUAL, ""),
        Settings(USUAL),
        Traffic(NOW - timedelta(minutes=12), 0),
        43,
        COUNTS,
        Forecast(47),
        person,
        NOW - timedelta(hours=3),
        right=right,
    )


def panel(person: str, right: str, said: tuple[Part, ...] = ()) -> Message:
    """Return the settings of a channel that posts as it should."""
    return compose.panel(usual(person, right), said, prefix="/")


def panel_changed(person: str, right: str) -> Message:
    """Return the settings right after somebody changed them."""
    before = dict.fromkeys(("llms", "openai"), NO_TERMS)
    return panel(person, right, tuple(compose.what_changed(before, USUAL)))


def panel_waiting(person: str, right: str) -> Message:
    """Return the settings of a channel in which a digest waits."""
    kept = Traffic(NOW - timedelta(days=1), 23, KeptBack(23, "digest", NOW))
    return compose.panel(replace(usual(person, right), traffic=kept), prefix="/")


def panel_full(person: str, channel: str, step: str) -> Message:
    """Return the settings of another channel, which has everything."""
    known = replace(
        usual(person, ""),
        has=Following(FULL, "I may not send messages there", 1, NOW),
        rule=rule_of(FULL, "llms"),
        settings=Settings(FULL, managers="118730126411823930", paused=True),
        channel=channel,
        step=step,
    )
    return compose.panel(known, compose.changed_meanwhile(), prefix="/")


def more(person: str, right: str) -> Message:
    """Return the settings that are seldom changed, of which none was."""
    return compose.more_settings(replace(usual(person, right), chooses_managers=True))


def more_of_who_is_chosen(person: str, right: str, role: str) -> Message:
    """Return them as who may change all but who may change them sees them."""
    return compose.more_settings(replace(usual(person, right), settings=Settings(managers=role)))


def more_full(person: str, role: str, channel: str) -> Message:
    """Return them of another channel, for which all was chosen."""
    rules = {it: replace(terms, mention=role) for it, terms in FULL.items()}
    known = replace(
        usual(person, ""),
        has=Following(rules, None, 1),
        rule=rule_of(rules, "llms"),
        settings=Settings(rules, managers=role, crosspost=True),
        channel=channel,
        chooses_managers=True,
        can_crosspost=True,
    )
    return compose.more_settings(known, tuple(compose.changed_meanwhile()))
