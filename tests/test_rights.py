"""The table of rights: what it holds, and that every command has its row in it."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from core import rights
from core.commands import ACTIONS, Caller, Command
from core.posting import Address
from core.rights import (
    ANYONE,
    TABLE,
    Action,
    Actor,
    Allowed,
    Channel,
    Denied,
    Fix,
    Object,
    Own,
    Reason,
    Scope,
    Standing,
    Workspace,
    decide,
    standing,
)

HERE = Address("slack", "T1", "C1")
THERE = replace(HERE, channel="C2")
MEMBER = Actor("U1", HERE, is_member=True)
MOD = replace(MEMBER, is_mod=True)
ADMIN = replace(MEMBER, is_admin=True)
SETTING_UP = (Action.CONFIGURE, Action.CHOOSE_MANAGERS, Action.EXPORT, Action.IMPORT)


def test_every_command_has_its_row() -> None:
    assert set(ACTIONS) == set(get_args(Command))
    assert set(ACTIONS.values()) <= set(TABLE)


def test_every_action_is_in_the_table() -> None:
    assert {action for action, _ in TABLE} == set(Action)


OBJECTS: dict[Scope, Object] = {
    Scope.OWN: Own("U1"),
    Scope.CHANNEL: Channel(HERE, ANYONE),
    Scope.WORKSPACE: Workspace("slack", "T1"),
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("scope", Scope)
def test_what_is_not_in_the_table_nobody_may(action: Action, scope: Scope) -> None:
    of = OBJECTS[scope]
    actors = (MEMBER, MOD, ADMIN, replace(MEMBER, is_operator=True), replace(ADMIN, is_mod=True))
    if (action, scope) not in TABLE:
        assert all(isinstance(decide(it, action, of), Denied) for it in actors)


def test_an_actor_of_whom_nothing_is_known_may_only_read_and_delete_their_own() -> None:
    unknown = Actor("U1", HERE)

    may = {
        action
        for action, of in product(Action, OBJECTS.values())
        if isinstance(decide(unknown, action, of), Allowed)
    }

    assert may == {Action.READ, Action.DELETE_OWN}


@pytest.mark.parametrize("action", SETTING_UP)
def test_a_mod_of_another_channel_is_a_member_here(action: Action) -> None:
    assert decide(MOD, action, Channel(HERE)) == Allowed()
    assert standing(MOD, Channel(THERE)) == Standing.MEMBER
    assert isinstance(decide(MOD, action, Channel(THERE)), Denied)


@pytest.mark.parametrize("action", Action)
def test_nothing_is_left_of_rights_in_another_workspace(action: Action) -> None:
    other = replace(HERE, workspace="T2")

    objects: tuple[Object, ...] = (Channel(other, ANYONE), Workspace("slack", "T2"))
    for actor, of in product((MOD, ADMIN), objects):
        assert isinstance(decide(actor, action, of), Denied)


@pytest.mark.parametrize("action", Action)
def test_what_is_somebody_elses_is_theirs_alone(action: Action) -> None:
    assert isinstance(decide(ADMIN, action, Own("U2")), Denied)


@pytest.mark.parametrize("managers", ["S1", ANYONE])
def test_whom_the_mods_let_in_sets_up_the_channel_and_lets_nobody_in(managers: str) -> None:
    chosen, of = replace(MEMBER, groups=frozenset({"S1"})), Channel(HERE, managers, "U9")

    assert decide(chosen, Action.CONFIGURE, of) == Allowed()
    assert decide(chosen, Action.CHOOSE_MANAGERS, of) == Denied(
        Reason.NO_MOD, Fix(Standing.MOD, ask="U9")
    )


def test_another_group_is_not_let_in() -> None:
    other = replace(MEMBER, groups=frozenset({"S2", ""}))

    assert decide(other, Action.CONFIGURE, Channel(HERE, "S1", "U9")) == Denied(
        Reason.NO_MOD, Fix(Standing.MOD, "S1", "U9")
    )
    assert isinstance(decide(other, Action.CONFIGURE, Channel(HERE, "")), Denied)


@pytest.mark.parametrize("managers", ["", "S1", ANYONE])
def test_guests_and_strangers_never_set_up_a_channel(managers: str) -> None:
    of = Channel(HERE, managers)
    everything = replace(ADMIN, is_mod=True, groups=frozenset({"S1"}))

    for action in SETTING_UP:
        assert decide(replace(everything, is_guest=True), action, of) == Denied(
            Reason.GUEST, Fix(Standing.MEMBER)
        )
        assert decide(replace(everything, is_member=False), action, of) == Denied(
            Reason.NOT_A_MEMBER, Fix(Standing.MEMBER)
        )


def test_what_the_platform_says_of_a_caller_is_all_that_the_table_knows() -> None:
    caller = Caller(
        "U1", HERE, HERE, may_manage=True, is_admin=True, is_guest=True, groups=frozenset({"S1"})
    )

    assert caller.actor() == Actor(
        "U1",
        HERE,
        is_member=True,
        is_guest=True,
        is_mod=True,
        is_admin=True,
        groups=frozenset({"S1"}),
    )
    assert rights.decide(caller.actor(), Action.CONFIGURE, Channel(HERE)) != Allowed()
