"""Whatever is set for a channel, its settings fit into one message, and nothing of it is lost."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.discord.components import count
from bots.discord.render import payload
from bots.slack.render import as_payload
from core import compose
from core.compose.panel import Panel
from core.desk.retuning import Asked, Reading, read, retuned, rule_of
from core.forecast import Forecast
from core.grammar import word_of
from core.messages import Buttons, Choices, GroupChoice, Message
from core.outbox import Traffic
from core.rules import Rules, Terms
from core.settings import Settings
from core.subscriptions import Following
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from tests.conftest import EXAMPLES, NOW
from tests.drawn_settings import channel_settings
from tests.readers import objects, wrong_on_discord, wrong_on_slack

COUNTS = {f"tag-{n}": n for n in range(60)}
READING = Reading(catalogue({it: [] for it in COUNTS}), Moment(NOW, zone_of("UTC")), "/")
MANY: Rules = {
    f"{kind}-{n:03}{'-long' * 12}": Terms(
        without=tuple(f"{kind}{m:03}.example" for m in range(30)), heat=len(kind), mention="118"
    )
    for kind in ("a", "bb", "ccc", *(f"d{n}{'d' * n}" for n in range(24)))
    for n in range(30)
}
"""More of everything than a message has room for."""
FOUND = "multi_external_select"
"""How Slack shows a list of groups."""


def known(has: Settings, of: str = "", *, channel: str = "", step: str = "") -> Panel:
    """Return what a mod is shown, who may change all of it."""
    following = Following(has.rules, "the channel is gone" if has.paused else None, 1, NOW)
    return Panel(
        following,
        rule_of(has.rules, of),
        has,
        Traffic(NOW - timedelta(minutes=12), 3),
        43,
        COUNTS,
        Forecast(43),
        "118730126411823929",
        NOW,
        channel=channel,
        step=step,
        right="the Manage Channels or Manage Server permission",
        chooses_managers=True,
        can_crosspost=True,
    )


def shown(has: Settings, of: str = "", *, channel: str = "", step: str = "") -> Message:
    """Return the settings as a mod sees them."""
    about = known(has, of, channel=channel, step=step)
    return compose.panel(about, compose.what_changed({}, has.rules), prefix="/")


def more(has: Settings, of: str = "", *, channel: str = "") -> Message:
    """Return the second page of the settings as a mod sees it."""
    said = compose.what_changed({}, has.rules)
    return compose.more_settings(known(has, of, channel=channel), tuple(said))


def is_whole(said: Message) -> bool:
    """Say whether all that can be pressed and chosen is drawn on both platforms."""
    on_discord = list(objects(payload(said)))
    on_slack = list(objects(as_payload(said)["blocks"]))
    lists = [it for it in said.parts if isinstance(it, Choices)]
    groups = [it for it in said.parts if isinstance(it, GroupChoice)]
    buttons = [b for it in said.parts if isinstance(it, Buttons) for b in it.buttons]
    drawn = [sum(it.get("type") == kind for it in on_discord) for kind in (3, 6, 2)]
    drawn += [sum(str(it.get("type")).endswith("static_select") for it in on_slack)]
    drawn += [sum(it.get("type") == kind for it in on_slack) for kind in (FOUND, "button")]
    return drawn == [len(lists), len(groups), len(buttons)] * 2


def assert_it_fits(said: Message) -> None:
    """Say that both platforms take this message, and show all of it."""
    body = payload(said)
    assert count(body["components"]) <= 40
    assert wrong_on_discord(json.dumps(body).encode()) == {}
    assert wrong_on_slack(as_payload(said)) == []
    assert is_whole(said)


@pytest.mark.drawn
@given(channel_settings().filter(lambda it: it.rules), st.data())
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_settings_fit_into_one_message(has: Settings, data: st.DataObject) -> None:
    of = data.draw(st.sampled_from([word_of(it) for it in has.rules]))

    said = shown(has, of, channel="118730126411823929", step="Allow it.")

    assert_it_fits(said)


@pytest.mark.drawn
@given(channel_settings().filter(lambda it: it.rules), st.data())
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_second_page_fits_into_one_message(has: Settings, data: st.DataObject) -> None:
    of = data.draw(st.sampled_from([word_of(it) for it in has.rules]))

    said = more(has, of, channel="118730126411823929")

    assert_it_fits(said)


@pytest.mark.drawn
@given(channel_settings().filter(lambda it: it.rules), st.data())
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
def test_choosing_who_is_pinged_already_changes_nothing(has: Settings, data: st.DataObject) -> None:
    of = data.draw(st.sampled_from([word_of(it) for it in has.rules]))

    [ping] = [it for it in more(has, of).parts if getattr(it, "name", "") == "Ping"]

    assert isinstance(ping, GroupChoice)
    asked = _asked(f"{ping.words} {ping.chosen}")
    assert retuned(replace(asked, of=of), has.rules, READING).rules == has.rules


@pytest.mark.parametrize("channel", ["", "118730126411823929"])
@pytest.mark.parametrize("of", ["", f"ccc-000{'-long' * 12}"])
def test_more_than_fits_is_said_and_the_rest_can_still_be_chosen(of: str, channel: str) -> None:
    said = shown(Settings(MANY, managers="118"), of, channel=channel, step="Allow it.")

    body = payload(said)
    assert count(body["components"]) <= 40
    assert wrong_on_discord(json.dumps(body).encode()) == {}
    assert wrong_on_slack(as_payload(said)) == []


@pytest.mark.drawn
@given(channel_settings().filter(lambda it: it.rules), st.data())
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
def test_choosing_what_is_chosen_already_changes_nothing(
    has: Settings, data: st.DataObject
) -> None:
    of = data.draw(st.sampled_from([word_of(it) for it in has.rules]))
    rule = rule_of(has.rules, of)

    for listed in (it for it in shown(has, of).parts if isinstance(it, Choices)):
        chosen = [it.value for it in listed.choices if it.chosen]
        asked = _asked(" ".join((listed.words, *chosen)))
        if asked.verb and listed.name != "Rule":
            assert retuned(replace(asked, of=of), has.rules, READING).rules == has.rules, listed
    assert rule_of(has.rules, rule.name) == rule


def _asked(words: str) -> Asked:
    _, _, *rest = words.split()
    return read(rest)
