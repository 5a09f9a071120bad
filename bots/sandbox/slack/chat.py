"""The methods that post, change and delete messages."""

import json
from dataclasses import dataclass, replace
from typing import Any

from bots.sandbox.slack.blocks import MOST_CHARACTERS, check_blocks
from bots.sandbox.slack.mrkdwn import normal
from bots.sandbox.slack.wire import Args, Json, Refusal, complaint
from bots.sandbox.slack.world import Channel, Message, World

_MOST_TEXT = 40_000
_MOST_EDITED_TEXT = 4000
_MOST_METADATA = 8000
_INTERACTIVE = frozenset({"actions", "section"})


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, after every check."""

    text: str
    blocks: tuple[Json, ...]


def read_content(world: World, args: Args, most_text: int = _MOST_TEXT) -> Content:
    """Return what a message is to say, or refuse it as Slack would."""
    for name in ("attachments", "markdown_text"):
        if args.values.get(name):
            raise complaint("invalid_arguments", [f"{name} are not known to this stand-in"])
    text = args.text("text")
    blocks = _blocks(world, args.parsed("blocks", "invalid_blocks_format"))
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > most_text:
        raise Refusal("msg_too_long")
    return Content(normal(text), blocks)


def post_message(world: World, args: Args) -> Json:
    """Answer chat.postMessage."""
    world.require("chat:write")
    channel = _place_to_post(world, args.needed("channel"))
    message = _message(world, channel, args)
    world.post(message)
    told = {"app_id": world.app_id, "team": world.team_id, **message.as_json(with_metadata=True)}
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": told}


def post_ephemeral(world: World, args: Args) -> Json:
    """Answer chat.postEphemeral."""
    world.require("chat:write")
    channel = _place_to_post(world, args.needed("channel"), paced=False)
    person = args.needed("user")
    if person not in world.members[channel.id]:
        raise Refusal("user_not_in_channel")
    message = replace(_message(world, channel, args), seen_by=person)
    world.post(message)
    return {"ok": True, "message_ts": message.ts}


def update(world: World, args: Args) -> Json:
    """Answer chat.update."""
    world.require("chat:write")
    old = _own_message(world, args, "cant_update_message")
    if old.channel in world.archived:
        raise Refusal("is_inactive")
    content = read_content(world, args, _MOST_EDITED_TEXT)
    if "metadata" in args.values:
        old = replace(old, metadata=_metadata(args))
    new = world.edit(old, content.text, content.blocks)
    told = {"channel": new.channel, "ts": new.ts, "text": new.text}
    return {"ok": True, **told, "message": new.as_json(with_metadata=True)}


def delete(world: World, args: Args) -> Json:
    """Answer chat.delete."""
    world.require("chat:write")
    message = _own_message(world, args, "cant_delete_message")
    world.delete(message)
    return {"ok": True, "channel": message.channel, "ts": message.ts}


def get_permalink(world: World, args: Args) -> Json:
    """Answer chat.getPermalink."""
    channel = world.visible_channel(args.needed("channel"))
    ts = args.needed("message_ts")
    if world.find(channel.id, ts) is None:
        raise Refusal("message_not_found")
    address = f"https://{world.team_domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"ok": True, "channel": channel.id, "permalink": address}


def _place_to_post(world: World, name: str, *, paced: bool = True) -> Channel:
    channel = _addressed(world, name)
    if channel.id in world.archived:
        raise Refusal("is_archived")
    if channel.kind == "im":
        _check_person(world, channel)
    elif not world.bot_is_in(channel) and "chat:write.public" not in world.scopes:
        raise Refusal("not_in_channel")
    wait = world.meter.message(channel.id, world.clock()) if paced else 0
    if wait:
        raise Refusal("ratelimited", status=429, retry_after=wait)
    return channel


def _addressed(world: World, name: str) -> Channel:
    if name[:1] in {"U", "W"} and name in world.users:
        return world.direct_messages(name)
    if name.startswith("#"):
        named = (c.id for c in world.channels.values() if c.name == name[1:])
        name = next(named, name)
    return world.visible_channel(name)


def _check_person(world: World, channel: Channel) -> None:
    person = world.users[channel.person]
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    if person.deleted:
        raise Refusal("user_disabled")
    if not world.messages_tab:
        raise Refusal("messages_tab_disabled")


def _message(world: World, channel: Channel, args: Args) -> Message:
    content = read_content(world, args)
    return Message(
        channel=channel.id,
        ts=world.new_ts(),
        user=world.bot.id,
        text=content.text,
        blocks=content.blocks,
        thread_ts=_thread(world, channel, args.text("thread_ts")),
        bot_id=world.bot_id,
        metadata=_metadata(args),
        unfurl_links=args.flag("unfurl_links"),
        unfurl_media=args.flag("unfurl_media", default=True),
        parse=args.text("parse"),
        link_names=args.flag("link_names"),
    )


def _thread(world: World, channel: Channel, thread_ts: str) -> str:
    if thread_ts and world.find(channel.id, thread_ts) is None:
        raise Refusal("thread_not_found")
    return thread_ts


def _own_message(world: World, args: Args, not_own: str) -> Message:
    channel = world.visible_channel(args.needed("channel"))
    message = world.find(channel.id, args.needed("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.bot_id != world.bot_id:
        raise Refusal(not_own)
    return message


def _metadata(args: Args) -> Json | None:
    metadata: Json | None = args.parsed("metadata", "invalid_metadata_format")
    match metadata:
        # An empty object takes a message's metadata away.
        case None | {} if not metadata:
            return None
        case {"event_type": str(), "event_payload": dict()}:
            if len(json.dumps(metadata)) > _MOST_METADATA:
                raise Refusal("metadata_too_large")
            return metadata
        case _:
            raise Refusal("invalid_metadata_format")


def _blocks(world: World, sent: Any) -> tuple[Json, ...]:  # noqa: ANN401 [JSON that is checked here]
    # One article goes to many channels: comparing with the last is much cheaper than checking.
    if sent and sent == world.last_blocks[0]:
        return world.last_blocks[1]
    stored = tuple(_with_id(world, block) for block in _checked(sent))
    world.last_blocks = (sent, stored)
    return stored


def _checked(blocks: Any) -> list[Json]:  # noqa: ANN401 [JSON that is checked here]
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    report = check_blocks(blocks)
    if report.problems:
        raise complaint("invalid_blocks", report.problems)
    if report.characters > MOST_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
    return blocks


def _with_id(world: World, block: Json) -> Json:
    if "block_id" not in block:
        block = {**block, "block_id": world.new_id("b")}
    if block["type"] not in _INTERACTIVE:
        return block
    if "accessory" in block:
        block = {**block, "accessory": _with_action_id(world, block["accessory"])}
    if "elements" in block:
        block = {**block, "elements": [_with_action_id(world, e) for e in block["elements"]]}
    return block


def _with_action_id(world: World, element: Json) -> Json:
    if element["type"] == "image" or "action_id" in element:
        return element
    return {**element, "action_id": world.new_id("a")}
