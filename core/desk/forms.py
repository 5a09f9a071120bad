"""What forms ask, and what of the answers can be told beside their fields."""

from collections.abc import Sequence

from core import compose, subscriptions
from core.commands import Caller
from core.compose import FollowForm
from core.desk.office import Office, Suggestion
from core.grammar import Mistake


async def follow_form(office: Office, caller: Caller) -> FollowForm:
    """Return the form in which `caller` chooses tags to follow."""
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.direct)
    return compose.follow_form(has.rules, has.zone or caller.zone or "UTC", office.clock())


async def unknown_tag(office: Office, tags: Sequence[str]) -> str:
    """Return what to say of the first of these that is no tag, "" if all are."""
    known = await office.tags.catalogue()
    wrong = next((it for it in tags if not known.find(it)), None)
    return compose.no_such_tag(Mistake(wrong, known.nearest(wrong))) if wrong else ""


async def suggest(office: Office, typed: str) -> tuple[Suggestion, ...]:
    """Return the tags to offer in a form; one line that says so if nothing is like it."""
    found = await office.tags.suggest(typed)
    return found or (Suggestion(typed, compose.nothing_like(typed)),)
