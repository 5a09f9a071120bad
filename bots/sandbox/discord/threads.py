"""Threads: those on messages, and the posts of forums, in which nothing else stands."""

from collections.abc import Callable

from bots.sandbox.discord import permissions as may
from bots.sandbox.discord.bodies import ON_CREATE, Fields, read_fields
from bots.sandbox.discord.errors import check, refusal
from bots.sandbox.discord.forms import Form, Json
from bots.sandbox.discord.mentions import EVERYTHING
from bots.sandbox.discord.values import Channel
from bots.sandbox.discord.world import World, refuse_empty

DURATIONS = (60, 1440, 4320, 10_080)
"""Minutes without a message after which a thread is archived."""
_NAME, _APPLIED = (1, 100), (0, 5)
_MOST_ACTIVE = 1000  # threads of a guild


class Threads:
    """What the API does with threads. `start` starts one on a message of a channel."""

    def __init__(
        self,
        world: World,
        start: Callable[[Channel, str, str], Channel],
        start_post: Callable[[Channel, str, tuple[str, ...]], Channel],
        unarchive: Callable[[Channel], None],
    ) -> None:
        self._world = world
        self.start = start
        self._start_post = start_post
        self._unarchive = unarchive

    def post(self, forum: Channel, body: Json) -> Json:
        """Start a post: a thread, and its first message, which has the same id."""
        if not forum.has_posts:
            raise refusal(50024)
        form = Form()
        name = form.needed_text(body, "name", (), _NAME)
        if "auto_archive_duration" in body:
            form.choice(body, "auto_archive_duration", (), DURATIONS)
        applied = self._applied(form, forum, body)
        said = form.record(body.get("message"), ("message",)) or {}
        fields = read_fields(form, said, Fields(), ON_CREATE, ("message",))
        check(form)
        refuse_empty(fields)
        if len(self.active(forum.guild_id)["threads"]) >= _MOST_ACTIVE:
            raise refusal(160006)
        thread = self._start_post(forum, name or "", applied)
        message = self._world.post(thread, self._world.bot, fields, EVERYTHING, id=thread.id)
        return {**self._world.shown(thread), "message": message.data}

    def _applied(self, form: Form, forum: Channel, body: Json) -> tuple[str, ...]:
        given = form.items(body.get("applied_tags") or [], ("applied_tags",), _APPLIED)
        check(form)
        known = {tag.id: tag for tag in forum.tags}
        if any(tag not in known for tag in given):
            raise refusal(10087)
        manages = self._world.bot_may(forum) & may.MANAGE_THREADS
        if any(known[tag].is_moderated for tag in given) and not manages:
            raise refusal(50013)
        if forum.requires_tag and not given:
            raise refusal(40067)
        return tuple(given)

    def active(self, guild_id: str) -> Json:
        """Return the threads of a guild that are not archived, the newest first."""
        return _listed([it for it in self._threads(guild_id) if not _is_archived(it)])

    def archived(self, channel: Channel) -> Json:
        """Return the archived threads of a channel, the newest first."""
        mine = [it for it in self._threads(channel.guild_id) if it["parent_id"] == channel.id]
        return {**_listed([it for it in mine if _is_archived(it)]), "has_more": False}

    def unarchive(self, thread: Channel, body: Json) -> Json:
        """Open a thread again; who may not manage threads cannot if it is locked."""
        if not thread.is_thread or body != {"archived": False}:
            raise refusal(50024)
        may_write = self._world.bot_may(thread) & may.SEND_MESSAGES_IN_THREADS
        if thread.id in self._world.locked or not may_write:
            raise refusal(50013)
        self._unarchive(thread)
        return self._world.shown(thread)

    def _threads(self, guild_id: str) -> list[Json]:
        inside = [it for it in self._world.channels.values() if it.guild_id == guild_id]
        return [self._world.shown(channel) for channel in inside if channel.is_thread]


def _is_archived(thread: Json) -> bool:
    return bool(thread["thread_metadata"]["archived"])


def _listed(threads: list[Json]) -> Json:
    return {"threads": sorted(threads, key=lambda it: -int(it["id"])), "members": []}
