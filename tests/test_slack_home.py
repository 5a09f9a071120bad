"""The home tab on Slack: what each kind of reader sees there, and what they can do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sandbox.slack import Channel, User
from bots.sandbox.slack.blocks import check_view
from bots.slack import managed
from core import pauses
from core.commands import Help, Privacy
from core.db import Database
from core.managers import choose_managers
from core.rights import ANYONE
from core.rules import Terms
from tests.conftest import NOW
from tests.slackdesk import Office, labels, office, press, until, words_of

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Office]:
    async with office(database) as opened:
        yield opened


async def home(work: Office, user: User) -> dict[str, Any]:
    """Let a person open the home tab; return it."""
    view = await work.slack.forms.open_home(user)
    assert view is not None
    return view


def channels_in(view: dict[str, Any]) -> list[str]:
    """Return the channels that are named in a view."""
    rich = [block for block in view["blocks"] if block["type"] == "rich_text"]
    parts = [it for block in rich for part in block["elements"] for it in part["elements"]]
    return [it["channel_id"] for it in parts if it["type"] == "channel"]


async def at_home(work: Office, user: User, label: str) -> Any:
    """Let a person press a button of their home tab; return what is shown then."""
    return await press(work, user, work.slack.homes[user.id], label)


async def test_who_is_new_sees_what_it_is_and_three_stories(work: Office) -> None:
    await work.save("One story", "Two stories", "Three stories", "Four stories")

    view = await home(work, work.mia)

    assert "AI news in short summaries" in words_of(view)
    assert [it for it in ("One", "Two", "Three", "Four") if it in words_of(view)] == [
        *("Two", "Three", "Four")
    ]
    assert labels(view)[:2] == ["Follow tags", "Set up a channel"]
    assert "All that is set up" not in words_of(view)


async def test_who_follows_tags_sees_them_with_a_way_out(work: Office) -> None:
    await work.let_follow(work.mia, "llms", "openai")

    view = await home(work, work.mia)

    assert "Your tags (2)" in words_of(view)
    assert labels(view).count("Unfollow") == 2
    assert "Nothing came to you today yet" in words_of(view)


async def test_the_next_digest_is_told(work: Office) -> None:
    await work.slack.type_command(work.mia, work.channel, "/subscribe", "llms when:daily 18:00")

    assert "Next digest" in words_of(await home(work, work.mia))


async def test_who_set_up_a_channel_sees_whether_all_is_well_with_it(work: Office) -> None:
    mod = work.slack.add_user("mod")
    well = work.slack.add_channel("well", creator=mod)
    ill = work.slack.add_channel("ill", creator=mod)
    other = work.slack.add_channel("other", creator=work.ada)
    for channel in (well, ill, other):
        await work.let_follow(channel, "llms", by=mod.id)
    async with work.database.write() as db:
        await pauses.pause_at(db, work.address(ill), "the channel is archived", now=NOW)

    view = await home(work, mod)

    assert channels_in(view) == [well.id, ill.id]
    assert "⚠ not posting: the channel is archived" in words_of(view)
    assert labels(view).count("Fix") == 1


async def test_an_admin_sees_all_that_is_set_up(work: Office) -> None:
    await work.let_follow(work.channel, "llms", by=work.mia.id)
    await work.let_follow(work.mia, "llms")

    view = await home(work, work.ada)

    assert channels_in(view) == [work.channel.id]
    assert "1 channel and 1 person follow tags." in words_of(view)


async def test_a_private_channel_is_shown_only_to_those_in_it(work: Office) -> None:
    inside = work.slack.add_channel("inside", private=True, members=[work.ada])
    outside = work.slack.add_channel("outside", private=True, members=[work.mia])
    unseen = work.slack.add_channel("unseen", private=True, bot_is_member=False)
    for channel in (inside, outside, unseen):
        await work.let_follow(channel, "privacy", by=work.mia.id)

    assert channels_in(await home(work, work.ada)) == [inside.id]


async def let_set_up(work: Office, channel: Channel, who: str) -> None:
    """Let a channel follow something, and `who` set it up beside its mods."""
    await work.let_follow(channel, "llms", by=work.ada.id)
    async with work.database.write() as db:
        await choose_managers(db, work.address(channel), who)


async def test_who_was_let_in_sees_what_they_may_set_up(work: Office) -> None:
    desk = work.slack.add_group("news-desk", work.mia)
    others = work.slack.add_group("others", work.ada)
    anyones = work.slack.add_channel("anyones", creator=work.ada)
    theirs = work.slack.add_channel("theirs", creator=work.ada)
    shut = work.slack.add_channel("shut", creator=work.ada)
    inside = work.slack.add_channel("inside", private=True, members=[work.ada, work.mia])
    outside = work.slack.add_channel("outside", private=True, members=[work.ada])
    for channel, who in (
        *((anyones, ANYONE), (theirs, desk.id), (shut, others.id), (work.channel, "")),
        *((inside, ANYONE), (outside, ANYONE)),
    ):
        await let_set_up(work, channel, who)

    view = await home(work, work.mia)

    assert channels_in(view) == [anyones.id, theirs.id, inside.id]
    assert "Channels you may set up" in words_of(view)
    assert "Channels you manage" not in words_of(view)
    assert "Channels you may set up" not in words_of(await home(work, work.ada))


async def test_guests_and_strangers_are_not_let_in_as_anyone(work: Office) -> None:
    await let_set_up(work, work.channel, ANYONE)
    guest = work.slack.add_user("gus", is_restricted=True)
    stranger = work.slack.add_user("eve", team_id="T9")

    assert [channels_in(await home(work, it)) for it in (guest, stranger)] == [[], []]
    assert asked(work) == 0


@pytest.mark.parametrize("error", ["missing_scope", "internal_error"])
async def test_where_slack_tells_of_no_group_nobody_is_in_it(work: Office, error: str) -> None:
    desk = work.slack.add_group("news-desk", work.mia)
    await let_set_up(work, work.channel, desk.id)
    work.slack.fail_next("usergroups.users.list", error=error)

    assert channels_in(await home(work, work.mia)) == []


async def test_slack_is_asked_of_each_group_and_channel_once_for_all_openings(
    work: Office,
) -> None:
    desk = work.slack.add_group("news-desk", work.mia)
    for number in range(9):
        await let_set_up(work, work.slack.add_channel(f"c{number}"), desk.id)

    for person in (work.mia, work.mia, work.slack.add_user("lee")):
        await home(work, person)

    assert (asked(work, "usergroups.users.list"), asked(work)) == (1, 9)


async def test_of_private_channels_slack_is_asked_so_many_times(
    work: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managed, "_MOST_PRIVATE", 3)
    for number in range(5):
        inside = work.slack.add_channel(f"c{number}", private=True, members=[work.mia])
        await let_set_up(work, inside, ANYONE)

    assert len(channels_in(await home(work, work.mia))) == 3
    assert asked(work, "conversations.members") == 3


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
async def test_what_slack_does_not_tell_is_not_shown(work: Office, method: str) -> None:
    inside = work.slack.add_channel("inside", private=True, members=[work.ada])
    await work.let_follow(inside, "privacy", by=work.mia.id)
    work.slack.fail_next(method, error="internal_error")

    assert channels_in(await home(work, work.ada)) == []


async def test_guests_and_strangers_manage_nothing(work: Office) -> None:
    guest = work.slack.add_user("gus", is_admin=True, is_restricted=True)
    stranger = work.slack.add_user("eve", team_id="T9", is_admin=True)
    await work.let_follow(work.channel, "llms", by=work.ada.id)

    for person in (guest, stranger):
        view = await home(work, person)
        assert channels_in(view) == []
        assert "All that is set up" not in words_of(view)


async def test_slack_is_not_asked_of_every_channel_each_time(work: Office) -> None:
    for number in range(60):
        channel = work.slack.add_channel(f"c{number}", creator=work.ada)
        await work.let_follow(channel, "llms", by=work.ada.id)

    await home(work, work.ada)
    first = asked(work)
    await home(work, work.ada)

    assert first == managed._MOST_ASKED
    assert asked(work) == 60


def asked(work: Office, method: str = "conversations.info") -> int:
    return sum(1 for call in work.slack.requests if call.method == method)


async def test_many_channels_and_tags_come_in_pages_within_slacks_limits(work: Office) -> None:
    for number in range(30):
        channel = work.slack.add_channel(f"c{number}", creator=work.ada)
        await work.let_follow(channel, "llms", by=work.ada.id)
    await work.let_follow(work.ada, *(f"tag-{n}" for n in range(20)))

    first = await home(work, work.ada)
    second = await at_home(work, work.ada, "Next")

    assert len(channels_in(first)) == len(channels_in(second)) == 6
    assert not set(channels_in(first)) & set(channels_in(second))
    assert len(first["blocks"]) <= 100
    assert labels(second).count("Previous") == 1
    view = {name: first[name] for name in ("type", "blocks", "callback_id", "private_metadata")}
    assert check_view(view).problems == []


async def test_unfollowing_changes_the_home_tab_and_can_be_undone_there(work: Office) -> None:
    await work.let_follow(work.mia, "llms")
    await home(work, work.mia)

    left = await at_home(work, work.mia, "Unfollow")
    again = await at_home(work, work.mia, "Undo")

    assert "You no longer follow #llms" in words_of(left)
    assert "Your tags (1)" in words_of(again)
    assert set((await work.follows(work.mia)).rules) == {"llms"}


async def test_following_from_the_home_tab_changes_it(work: Office) -> None:
    await home(work, work.mia)
    form = await at_home(work, work.mia, "Follow tags")
    await work.slack.forms.suggestions(work.mia, form["id"], "tags", "llms")
    work.slack.forms.fill(work.mia, form["id"], "tags", ["llms"])

    await work.slack.forms.send(work.mia, form["id"])

    homes = work.slack.homes
    await until(work.slack, lambda: "Your tags (1)" in words_of(homes[work.mia.id]))


async def test_help_opens_above_the_home_tab(work: Office) -> None:
    await home(work, work.mia)
    before = work.slack.homes[work.mia.id]

    shown = await at_home(work, work.mia, "Show help")

    assert work.desk.asked[-1][0] == Help()
    assert "What you can type" in words_of(shown)
    assert work.slack.homes[work.mia.id] == before


async def test_what_is_stored_is_shown_above_the_home_tab(work: Office) -> None:
    await work.let_follow(work.mia, "llms")
    await home(work, work.mia)

    shown = await at_home(work, work.mia, "Show what I store")

    assert shown["type"] == "modal"
    assert work.desk.asked[-1][0] == Privacy()


async def test_how_a_tag_comes_is_changed_above_the_home_tab(work: Office) -> None:
    await work.let_follow(work.mia, "llms")
    await home(work, work.mia)

    shown = await at_home(work, work.mia, "Change")
    await press(work, work.mia, shown, "Show lines")

    assert (await work.follows(work.mia)).rules == {"llms": Terms(style="line")}
    homes = work.slack.homes
    await until(work.slack, lambda: "#llms (as a line)" in words_of(homes[work.mia.id]))


async def test_the_tab_of_messages_publishes_nothing(work: Office) -> None:
    await work.slack.event(
        {"type": "app_home_opened", "user": work.mia.id, "tab": "messages", "channel": "D1"}
    )
    await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert work.slack.homes == {}


async def test_a_home_tab_of_another_version_is_published_anew(work: Office) -> None:
    await home(work, work.mia)
    work.slack.homes[work.mia.id]["private_metadata"] = "v9"

    view = await at_home(work, work.mia, "Show help")

    assert "older version" in words_of(view)


async def test_what_is_ones_own_can_be_typed_for_too(work: Office) -> None:
    await work.let_follow(work.mia, "llms")

    answer = await work.slack.type_command(work.mia, work.channel, "/themata", "home")

    assert "Your tags (1)" in answer.messages[0].text
