"""Answers to who asks what is stored, wants it, or wants it deleted."""

import json

from core import compose, people, portable, workspaces
from core.commands import Caller, PrivacyWish
from core.desk.office import Office
from core.messages import Message
from core.people import Person


async def answer(office: Office, what: PrivacyWish, caller: Caller) -> Message:
    """Say what is stored about `caller`, give it to them, or delete it."""
    person, now, prefix = people.person_of(caller.direct), office.clock(), caller.prefix
    if what == "delete yes":
        had = await people.forget(office.database, person, now=now)
        return compose.deleted(had, prefix=prefix)
    if what == "export":
        return await _exported(office, person, caller)
    async with office.database.read() as db:
        of = await people.stored(db, person)
    if what == "delete":
        return compose.delete_all(of, prefix=prefix)
    return compose.stored(of, prefix=prefix)


async def answer_of_all(office: Office, what: PrivacyWish, caller: Caller) -> Message:
    """Say what is stored of the workspace of `caller`, give it to them, or delete it."""
    here, prefix = caller.here, caller.prefix
    if what == "export":
        return await _exported_of_all(office, caller)
    async with office.database.read() as db:
        of = await workspaces.kept(db, here.platform, here.workspace)
    if what == "delete":
        return compose.delete_all_of_all(of, prefix=prefix)
    if what == "delete yes":
        now = office.clock()
        await workspaces.forget(office.database, here.platform, here.workspace, now=now)
        return compose.deleted_of_all(of, prefix=prefix)
    return compose.stored_of_all(of, prefix=prefix)


async def _exported(office: Office, person: Person, caller: Caller) -> Message:
    async with office.database.read() as db:
        plain = await people.exported(db, person, now=office.clock())
    content = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    how = f"themata export --user {person.platform}/{person.id}"
    return compose.exported("my-data.json", content, how, as_file=caller.shows_pictures)


async def _exported_of_all(office: Office, caller: Caller) -> Message:
    here = caller.here
    async with office.database.read() as db:
        content = await portable.exported(db, here.platform, here.workspace)
    how = f"themata export --workspace {here.platform}/{here.workspace}"
    return compose.exported("themata.toml", content, how, as_file=caller.shows_pictures)
