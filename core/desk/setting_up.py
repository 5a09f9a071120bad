"""The first settings of a channel: three steps, and nothing is saved before the start."""

from collections.abc import Sequence

from core import articles, compose, grammar, outbox, subscriptions
from core.commands import Caller
from core.compose import setting_up as steps
from core.compose.setting_up import Chosen
from core.desk import following
from core.desk.office import Office
from core.desk.retuning import Asked, words_in
from core.forecast import forecast, newest
from core.messages import Message, Part
from core.rules import NO_TERMS, Terms, changed
from core.timetable import zone_of
from core.typed_time import Moment

_DEFAULT = Terms(most_a_day=8)
_OFFERED = 3
_MORE = "more"


def is_step(verb: str) -> bool:
    """Say whether this is a step of the first settings."""
    return verb in {steps.TAGS, steps.TIMES, steps.PREVIEW, steps.START}


async def first(office: Office, said: Sequence[Part], caller: Caller) -> Message:
    """Return the first step with what is usual filled in, below what was `said`."""
    counts = await office.tags.counts()
    # Also where nothing was told yet: the start must work at once.
    told = sorted(counts, key=lambda tag: (-counts[tag], tag))
    chosen = steps.fitting(Chosen(tuple(told[:_OFFERED]), _DEFAULT, _elsewhere(caller)))
    return compose.step_of_tags(chosen, counts, said, step=_cannot_post(caller))


async def answer(office: Office, asked: Asked, caller: Caller) -> Message | Sequence[Part]:
    """Return the step that is asked for; when it is done, what to say above the settings."""
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.about)
    if has.rules:
        return ()
    moment = Moment(office.clock(), zone_of(has.zone or caller.zone))
    words = [word for word in asked.rest if word != _MORE]
    known = await office.tags.catalogue()
    typed = grammar.read(words, known, moment, by="channel")
    terms = changed(NO_TERMS, typed.changes)
    chosen = steps.fitting(Chosen(typed.topics, terms, _elsewhere(caller)))
    if asked.verb == steps.TAGS or not chosen.topics:
        return await _tags(office, typed, chosen, caller)
    match asked.verb:
        case steps.TIMES:
            return compose.step_of_times(chosen, step=_cannot_post(caller))
        case steps.PREVIEW:
            return await _preview(office, chosen, caller)
        case _:
            return await _start(office, chosen, caller)


async def _tags(office: Office, typed: grammar.Typed, chosen: Chosen, caller: Caller) -> Message:
    unknown = compose.unknown_tags(typed.mistakes, verb="channel follow", prefix=caller.prefix)
    said = [*words_in(unknown), *([] if typed.topics else compose.no_tags_chosen())]
    left = [it for it in typed.topics if it not in chosen.topics]
    counts = await office.tags.counts()
    return compose.step_of_tags(chosen, counts, said, left, step=_cannot_post(caller))


async def _preview(office: Office, chosen: Chosen, caller: Caller) -> Message:
    now = office.clock()
    async with office.database.read() as db:
        brought = await forecast(db, chosen.rules, now=now)
        ids = await newest(db, chosen.rules, now=now)
        found = await articles.by_ids(db, ids)
    shown = [found[it] for it in ids if it in found]
    return compose.step_of_preview(chosen, shown, brought, step=_cannot_post(caller))


async def _start(office: Office, chosen: Chosen, caller: Caller) -> Message | Sequence[Part]:
    if not caller.bot_may_post:
        return compose.cannot_start(chosen, caller.step_to_let_bot_post)
    now, about = office.clock(), caller.about
    async with office.database.write() as db, following.noted(db, about, caller, now):
        await subscriptions.follow_just(db, about, chosen.rules, by=caller.person, now=now)
        if caller.zone and not (await subscriptions.following(db, about)).zone:
            await subscriptions.set_zone(db, about, caller.zone, now=now)
        await outbox.reschedule(db, about, now=now)
    office.when_released()
    return compose.was_started(chosen.rules)


def _elsewhere(caller: Caller) -> str:
    return caller.about.channel if caller.elsewhere else ""


def _cannot_post(caller: Caller) -> str:
    return "" if caller.bot_may_post else caller.step_to_let_bot_post
