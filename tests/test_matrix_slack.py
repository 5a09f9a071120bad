"""The authorisation matrix on Slack: the real adapter, desk and database at the stand-in."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.commands import ACTIONS, parse
from core.db import Database
from core.rights import TABLE, Action, Scope, Standing
from core.seals import Opened, words_in
from tests.attempts import Attempt, in_short, pairs, wrong_ones
from tests.matrix import SECRET_TAG
from tests.matrix import TYPED as EVERYTHING
from tests.slackdesk import settled, words_of
from tests.slackplace import ROLES, TYPED, Place, open_place
from tests.slackways import FOLLOW_FORM, FORGED, WAYS

ACTING = [it for it in ROLES if it not in {"deactivated", "bot"}]
"""Who can do anything on Slack. Of the others it is only asked for what takes a right."""
TOGETHER = (
    ("stranger", "deactivated", "admin"),
    ("bot", "guest", "mod"),
    ("member", "mod of another channel", "member in the group"),
)
"""Roles that share a workspace, as to open one takes long."""

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    async with open_place(database) as opened:
        yield opened


def attempts(*roles: str) -> Iterator[Attempt]:
    """Give each attempt of these roles."""
    for role in roles:
        for words in TYPED:
            row = ACTIONS[type(parse(words))]
            of_ones_own = row == (Action.FOLLOW, Scope.OWN)
            if of_ones_own and role not in ACTING:
                continue
            ways = {**WAYS, **(FOLLOW_FORM if of_ones_own else {})}
            may = ROLES[role][0] in TABLE[row]
            for name, way in (*ways.items(), *FORGED.items()):
                yield Attempt(role, words, name, way, name in ways and may)


def follows(role: str, name: str = "command") -> Attempt:
    """Return the attempt to let the channel follow a tag."""
    return Attempt(role, "channel follow openai", name, {**WAYS, **FORGED}[name])


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(in_short(attempts(*ROLES)), id="in short"),
        *(pytest.param([*attempts(*it)], id=it[0], marks=pytest.mark.long) for it in TOGETHER),
    ],
)
async def test_nobody_has_an_effect_on_slack_who_may_not(place: Place, made: list[Attempt]) -> None:
    assert await wrong_ones(place, made) == []


def test_the_short_matrix_on_slack_has_each_role_each_way_and_all_words_two_by_two() -> None:
    assert pairs(in_short(attempts(*ROLES))) == pairs(attempts(*ROLES))


def test_the_matrix_on_slack_has_every_role() -> None:
    assert sorted(it for roles in TOGETHER for it in roles) == sorted(ROLES)
    assert {standing for standing, _ in ROLES.values()} == set(Standing) - {Standing.OPERATOR}


async def test_people_of_other_workspaces_change_and_see_nothing_of_this_one(place: Place) -> None:
    stranger, wrong = place.people["stranger"], list[str]()
    public = place.slack.messages(place.news.id)
    for words in EVERYTHING:
        heard = len(place.slack.private_messages(stranger))
        answer = await place.slack.type_command(stranger, place.news, "/themata", words)
        shown = await settled(place.slack, stranger) if answer.view else None
        said = [it.text for it in place.slack.private_messages(stranger)[heard:]]
        told = "\n".join([*said, words_of(shown)])
        # What is left of their own is nothing but the note that something was deleted.
        own = {"notes"} if words == "privacy delete yes" else set()
        if SECRET_TAG in told or await place.changes() - own:
            wrong.append(words)

    assert wrong == []
    assert place.slack.messages(place.news.id) == public


async def test_the_matrix_on_slack_sees_what_a_seal_that_is_not_looked_at_would_let_through(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.seals.Seals.open", lambda _, written, __: Opened(words_in(written)))

    had = [name for name in FORGED if await follows("admin", name).has_effect(place)]

    assert had == [*FORGED]


async def test_what_is_offered_while_typing_is_the_same_for_everyone(place: Place) -> None:
    offered = {}
    for role in ACTING:
        person = place.people[role]
        place.close_views(person)
        await place.slack.type_command(person, place.news, "/subscribe")
        view = str((await settled(place.slack, person))["id"])
        suggest = place.slack.forms.suggestions
        offered[role] = [
            await suggest(person, view, name, typed)
            for name, typed in (("tags", "s"), ("tags", "open"), ("zone", "berl"))
        ]

    assert [role for role in ACTING if offered[role] != offered["member"]] == []
    assert SECRET_TAG not in str(offered)
    assert not await place.changes()


async def test_who_may_not_set_up_a_channel_sees_nothing_of_it_by_choosing_it(
    place: Place,
) -> None:
    seen = {}
    for role, person in place.people.items():
        place.close_views(person)
        direct = place.slack.direct_messages(person)
        await place.slack.type_command(person, direct, "/themata", "channel settings")
        asking = await settled(place.slack, person)
        place.slack.forms.fill(person, asking["id"], "typed", place.news.id)
        await place.slack.forms.send(person, asking["id"])
        seen[role] = SECRET_TAG in words_of(await settled(place.slack, person))

    may = TABLE[Action.CONFIGURE, Scope.CHANNEL]
    assert seen == {role: standing in may for role, (standing, _) in ROLES.items()}
    assert not await place.changes()


async def test_slack_is_asked_for_a_group_only_where_it_can_matter(place: Place) -> None:
    asked = []
    for role in ("mod", "admin", "guest", "member in the group", "member"):
        await follows(role).has_effect(place)
        asked.append(sum(it.method == "usergroups.users.list" for it in place.slack.requests))

    assert asked == [0, 0, 0, 1, 2]


async def test_what_slack_does_not_say_of_a_group_is_a_no(place: Place) -> None:
    for error in ("missing_scope", "no_such_subteam", "plan_upgrade_required", "internal_error"):
        place.slack.fail_next("usergroups.users.list", error=error)

        assert not await follows("member in the group").has_effect(place)
