"""The settings of a channel, shown and changed in one message."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core import backlog, compose, history, outbox, pauses, subscriptions
from core import settings as all_set
from core.commands import Caller
from core.compose.panel import Panel
from core.desk import changes, following, more_settings, setting_up
from core.desk.checks import decision
from core.desk.office import Office
from core.desk.retuning import Asked, Reading, read, retuned, rule_of, words_in
from core.forecast import forecast
from core.messages import Message, Part
from core.rights import Action, Allowed, Scope
from core.rules import Rules
from core.tags import Catalogue
from core.timetable import zone_of
from core.typed_time import Moment

_WEEK = timedelta(days=7)


async def panel(office: Office, caller: Caller) -> Message:
    """Return the settings of the channel that `caller` asks about."""
    return await settings(office, (), caller)


async def settings(office: Office, words: Sequence[str], caller: Caller) -> Message:
    """Do what these words say to a channel's settings, and show what is set then."""
    said: Sequence[Part] = ()
    asked = read(words)
    if setting_up.is_step(asked.verb):
        begun = await setting_up.answer(office, asked, caller)
        if isinstance(begun, Message):
            return begun
        said, asked = begun, Asked()
    elif asked.verb not in {"", "again"}:
        said = await _do(office, asked, caller)
    return await _shown(office, asked, said, caller)


async def _shown(office: Office, asked: Asked, said: Sequence[Part], caller: Caller) -> Message:
    """Return the settings below what was `said`, or the first step if nothing is followed."""
    known = await _known(office, asked, caller)
    if known is None:
        return await setting_up.first(office, said, caller)
    if not asked.is_of_more:
        return compose.panel(known, said, prefix=caller.prefix)
    decided = await decision(office, Action.CHOOSE_MANAGERS, Scope.CHANNEL, caller)
    may_choose = isinstance(decided, Allowed)
    return compose.more_settings(replace(known, chooses_managers=may_choose), tuple(said))


async def _known(office: Office, asked: Asked, caller: Caller) -> Panel | None:
    now, about, counts = office.clock(), caller.about, await office.tags.counts()
    async with office.database.read() as db:
        has = await subscriptions.following(db, about)
        if not has.rules:
            return None
        known = Panel(
            has,
            rule_of(has.rules, asked.of),
            await all_set.of(db, about),
            await backlog.traffic(db, has.address_id, now=now),
            len(await outbox.posted_since(db, about, now - _WEEK)),
            counts,
            await forecast(db, has.rules, now=now),
            channel=about.channel if caller.elsewhere else "",
            step="" if caller.bot_may_post else caller.step_to_let_bot_post,
            right=caller.right_to_manage,
            can_crosspost=caller.can_crosspost,
        )
        last = await history.latest(db, about, most=1)
    return replace(known, changed_by=last[0].by, changed_at=last[0].at) if last else known


async def _do(office: Office, asked: Asked, caller: Caller) -> Sequence[Part]:
    """Do what is asked, and return what to say to it."""
    if asked.verb == "undo":
        return words_in(await changes.undo(office, 0, caller))
    if asked.verb == "zone":
        place = " ".join(asked.rest)
        told = await following.zone(office, caller.about, place, "channel zone", caller)
        return words_in(told)[:1]
    if more_settings.is_one(asked):
        return await more_settings.answer(office, asked, caller)
    known = await office.tags.catalogue()
    async with office.database.write() as db:
        said = await _retune(db, asked, known, caller, now=office.clock())
    office.when_released()
    return said


async def _retune(
    db: AsyncConnection, asked: Asked, known: Catalogue, caller: Caller, *, now: datetime
) -> Sequence[Part]:
    """Change the rules as asked, all at one go, and return what to say of that."""
    about = caller.about
    async with following.noted(db, about, caller, now):
        has = await subscriptions.following(db, about)
        if not has.rules or (asked.state and rule_of(has.rules, asked.of).state != asked.state):
            return compose.changed_meanwhile()
        moment = Moment(now, zone_of(has.zone or caller.zone))
        new = retuned(asked, has.rules, Reading(known, moment, caller.prefix))
        if not caller.bot_may_post and not _only_less(has.rules, new.rules):
            return compose.cannot_post_there(caller.step_to_let_bot_post)
        if new.rules != has.rules:
            await _follow_just(db, new.rules, caller, now=now)
            if caller.zone and not has.zone and any(it.is_scheduled for it in new.rules.values()):
                await subscriptions.set_zone(db, about, caller.zone, now=now)
            await outbox.reschedule(db, about, now=now)
    changed = compose.what_changed(has.rules, new.rules) if new.rules != has.rules else ()
    return (*changed, *new.said) or compose.what_changed(has.rules, has.rules)


async def _follow_just(db: AsyncConnection, rules: Rules, caller: Caller, *, now: datetime) -> None:
    about = caller.about
    await subscriptions.follow_just(db, about, rules, by=caller.person, now=now)
    if caller.bot_may_post and rules and not (await all_set.of(db, about)).paused:
        # The platform no longer closes it, and nobody wants it to stay paused.
        await pauses.resume(db, about, now=now)


def _only_less(before: Rules, after: Rules) -> bool:
    """Say whether nothing comes `after` that did not come before."""
    return all(before.get(it) == terms for it, terms in after.items())
