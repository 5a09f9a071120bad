"""The methods that tell of channels and their messages."""

from typing import TypeVar

from bots.sandbox.slack.wire import Args, Json, Refusal
from bots.sandbox.slack.world import Channel, Message, World

_Thing = TypeVar("_Thing")

_PAGE = 100
_TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def open_direct_messages(world: World, args: Args) -> Json:
    """Answer conversations.open for one person."""
    world.require("im:write")
    channel_id, people = args.text("channel"), args.text("users")
    if not channel_id and not people:
        raise Refusal("users_list_not_supplied")
    if "," in people:
        world.require("mpim:write")
    person = people or world.visible_channel(channel_id).person
    if person not in world.users:
        raise Refusal("user_not_found" if people else "method_not_supported_for_channel_type")
    if world.users[person].deleted:
        raise Refusal("user_disabled")
    channel = world.direct_messages(person)
    told = _told(world, channel) if args.flag("return_im") else {"id": channel.id}
    return {"ok": True, "channel": told}


def info(world: World, args: Args) -> Json:
    """Answer conversations.info."""
    channel = _readable(world, args)
    told = _told(world, channel)
    if args.flag("include_num_members"):
        told["num_members"] = len(world.members[channel.id])
    return {"ok": True, "channel": told}


def members(world: World, args: Args) -> Json:
    """Answer conversations.members."""
    people = sorted(world.members[_readable(world, args).id])
    page, cursor = _page(people, args, _PAGE)
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}


def list_channels(world: World, args: Args) -> Json:
    """Answer conversations.list."""
    kinds = [_TYPES.get(t.strip()) for t in args.text("types", "public_channel").split(",")]
    listed = [c for c in world.channels.values() if c.kind in kinds and _is_listed(world, c, args)]
    for channel in listed:
        world.require(channel.scope("read"))
    page, cursor = _page([_told(world, c) for c in listed], args, _PAGE)
    return {"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}}


def history(world: World, args: Args) -> Json:
    """Answer conversations.history: what stands in the channel itself, newest first."""
    channel = _own_history(world, args)
    standing = [m for m in world.messages(channel.id) if m.thread_ts in {"", m.ts}]
    return _messages(world, args, _between(standing, args)[::-1])


def replies(world: World, args: Args) -> Json:
    """Answer conversations.replies: a thread's first message and those below it."""
    channel = _own_history(world, args)
    parent = world.find(channel.id, args.needed("ts"))
    if parent is None:
        raise Refusal("thread_not_found")
    below = [m for m in world.messages(channel.id) if m.thread_ts == parent.ts and m is not parent]
    return _messages(world, args, [parent, *_between(below, args)])


def _readable(world: World, args: Args) -> Channel:
    channel = world.visible_channel(args.needed("channel"))
    world.require(channel.scope("read"))
    return channel


def _own_history(world: World, args: Args) -> Channel:
    channel = world.visible_channel(args.needed("channel"))
    world.require(channel.scope("history"))
    if not world.bot_is_in(channel):
        raise Refusal("not_in_channel")
    return channel


def _is_listed(world: World, channel: Channel, args: Args) -> bool:
    if channel.id in world.archived and args.flag("exclude_archived"):
        return False
    return channel.kind == "public" or world.bot_is_in(channel)


def _between(messages: list[Message], args: Args) -> list[Message]:
    oldest = _time(args, "oldest", "0")
    latest = _time(args, "latest", "inf")
    if args.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def _time(args: Args, name: str, default: str) -> float:
    try:
        return float(args.text(name, default) or default)
    except ValueError:
        raise Refusal(f"invalid_ts_{name}") from None


def _messages(world: World, args: Args, messages: list[Message]) -> Json:
    page, cursor = _page(messages, args, world.limits.history_page)
    with_metadata = args.flag("include_all_metadata")
    told = [m.as_json(with_metadata=with_metadata) for m in page]
    answer: Json = {"ok": True, "messages": told, "has_more": bool(cursor), "pin_count": 0}
    return {**answer, "response_metadata": {"next_cursor": cursor}} if cursor else answer


def _page(things: list[_Thing], args: Args, most: int) -> tuple[list[_Thing], str]:
    start = _start(args.text("cursor"))
    end = start + max(1, min(args.number("limit", _PAGE), most))
    return things[start:end], f"next:{end}" if end < len(things) else ""


def _start(cursor: str) -> int:
    place = cursor.removeprefix("next:")
    if cursor and not place.isdecimal():
        raise Refusal("invalid_cursor")
    return int(place or 0)


def _told(world: World, channel: Channel) -> Json:
    if channel.kind == "im":
        return {"id": channel.id, "is_im": True, "user": channel.person, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "creator": channel.creator,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": False,
        "is_private": channel.kind == "private",
        "is_archived": channel.id in world.archived,
        "is_member": world.bot_is_in(channel),
        "context_team_id": world.team_id,
    }
