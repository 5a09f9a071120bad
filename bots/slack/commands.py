"""Slash commands and mentions as commands of the core."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_ephemeral, by_response_url
from bots.slack.callers import place_of
from bots.slack.groups import with_channel, with_groups
from bots.slack.markup import plain_words, without_mention
from bots.slack.modals import Modals
from bots.slack.shortcuts import with_message
from core.commands import (
    ChannelSettings,
    Related,
    RelatedTo,
    Subscribe,
    about_in,
    parse,
    parse_mention,
)

COMMANDS: Mapping[str, str] = {
    "/themata": "",
    "/subscribe": "subscribe",
    "/unsubscribe": "unsubscribe",
    "/related": "related",
}
"""The slash commands, and the word that each stands for. The manifest names the same."""


async def on_command(
    answerer: Answerer, modals: Modals, ack: AsyncAck, body: dict[str, Any]
) -> None:
    """Answer a slash command, to be seen by its sender alone."""
    await ack()
    words = f"{COMMANDS[body['command']]} {_words(body.get('text') or '')}".strip()
    reply = by_response_url(answerer.client, body["response_url"])
    name = body.get("user_name") or ""
    said, about = about_in(words)
    team = str(body.get("team_id") or "")
    asked = Asked(body["user_id"], body["channel_id"], reply, name=name, about=about, team=team)
    command = with_message(parse(said), place_of(answerer.identity, asked.person, asked.channel))
    if command == Subscribe(()):
        await modals.ask_what_to_follow(body["trigger_id"], asked)
    elif isinstance(command, ChannelSettings):
        await modals.show_settings(body["trigger_id"], command, asked)
    else:
        await answerer.answer(command, asked)


async def on_mention(answerer: Answerer, event: dict[str, Any]) -> None:
    """Answer a mention of the bot as if its words had been typed as a command.

    Related stories are for everyone, in the thread: it was asked there for everyone to see. All
    else is for the writer alone; a thread that does not exist yet cannot show that.
    """
    person = event.get("user")
    if not person or event.get("bot_id"):
        return
    words = _words(without_mention(event.get("text") or "", answerer.identity.user))
    channel, thread = event["channel"], event.get("thread_ts") or ""
    reply = by_ephemeral(answerer.client, channel=channel, person=person, thread=thread)
    here = place_of(answerer.identity, person, channel)
    said, about = about_in(words)
    command = parse_mention(said, (replace(here, thread=thread),) if thread else ())
    # In a channel that workspaces share this is the writer's own.
    team = str(event.get("user_team") or event.get("team") or "")
    asked = Asked(person, channel, reply, below=thread or event["ts"], about=about, team=team)
    match command:
        case Related() | RelatedTo():
            await answerer.answer_all(command, asked)
        case _:
            await answerer.answer(command, asked)


def _words(typed: str) -> str:
    return plain_words(with_groups(with_channel(typed)))
