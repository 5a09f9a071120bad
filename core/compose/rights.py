"""Refusals: what somebody may not do, why, and what would help."""

from collections.abc import Iterator

from core.compose.phrases import row
from core.compose.refusals import refused
from core.messages import Mention, Message, Note, Part, Text, WordsButton
from core.rights import ANYONE, Action, Denied, Fix, Reason

_DOING = {
    Action.SEE_CHANNEL: "ask why stories come here",
    Action.FOLLOW: "follow tags here",
    Action.SHARE: "share stories here",
    Action.CONFIGURE: "change this channel",
    Action.CHOOSE_MANAGERS: "choose who may change this channel",
    Action.SEE_WORKSPACE: "see all channels",
    Action.LOG_CHANNEL: "choose the log channel",
    Action.EXPORT: "export these settings",
    Action.IMPORT: "import settings here",
    Action.DELETE_WORKSPACE: "delete what is stored about all channels",
}


def denied(why: Denied, action: Action, to_manage: str, to_administer: str, me: str) -> Message:
    """Return the refusal to do this: `to_manage` and `to_administer` are what it may take.

    `me` is who asks: nobody is told to ask themselves.
    """
    doing, fix = _DOING.get(action, "do that"), why.how_to_fix
    match why.reason:
        case Reason.NO_MOD:
            right = to_manage or "the rights of a mod"
            others = tuple(_others(fix, me))
            return refused("no_perm", doing=doing, right=right, instead=others)
        case Reason.NO_ADMIN:
            right = to_administer or "the rights of an admin"
            return refused("no_admin", doing=doing, right=right)
        case Reason.GUEST:
            return refused("guest", doing=doing, instead=tuple(_whom_to_ask(fix, me)))
        case Reason.NOT_A_MEMBER:
            return refused("no_member", doing=doing)
        case Reason.SOMEBODY_ELSES | Reason.NEVER:
            return refused("not_yours")


def managed_by(who: str, *, changed: bool, undo: str = "", prefix: str) -> Message:
    """Return who may set up a channel, and that it was `changed`; `undo` is typed to undo it."""
    start = "From now on" if changed else "Now"
    said: list[Part] = [_managed(who, start)]
    if who:
        said.append(Text("Guests never can, and who may is for the mods alone to choose."))
    said.append(
        Note((f"To change that, type {prefix}channel managers and mods, anyone or a @name",))
    )
    if undo:
        said.append(row(WordsButton("Undo", f"channel managers {undo}")))
    return Message(tuple(said))


def no_such_group(typed: str, *, prefix: str) -> Message:
    """Return the answer to a role or group that was typed and is none."""
    return Message(
        (
            Text(f"I know no role or group “{typed}”, so nothing was changed."),
            Note((f"Type {prefix}channel managers and mods, anyone, or its @name",)),
        )
    )


def _managed(who: str, start: str) -> Part:
    if not who:
        return Text(f"{start} only mods can change this channel.")
    if who == ANYONE:
        return Text(f"{start} every member can change this channel.")
    return Mention((who,), f"{start} this channel can be changed by its mods and")


def _others(fix: Fix, me: str) -> Iterator[Part]:
    if fix.group:
        yield Mention((fix.group,), "Also allowed:")
    yield from _whom_to_ask(fix, me)


def _whom_to_ask(fix: Fix, me: str) -> Iterator[Part]:
    if fix.ask and fix.ask != me:
        yield Mention((fix.ask,), "Ask who set it up:", are_people=True)
    else:
        yield Text("Ask someone who may.")
