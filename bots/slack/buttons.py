"""Pressed buttons as commands of the core."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.callers import PREFIX, place_of
from bots.slack.chosen import asks_in, opened
from bots.slack.modals import Modals
from bots.slack.render import OPEN
from bots.slack.views import ASK, Kept
from core import compose
from core.commands import (
    ChannelSettings,
    Command,
    Share,
    Subscribe,
    Unclear,
    about_in,
    parse,
    turns_a_page,
)
from core.seals import Foreign, Older, Opened


async def on_press(answerer: Answerer, modals: Modals, ack: AsyncAck, body: dict[str, Any]) -> None:
    """Do what a pressed button says; one that opens a page has done it by itself."""
    await ack()
    action = body["actions"][0]
    if action.get("action_id", "").startswith(OPEN):
        return
    url, person, channel = body["response_url"], body["user"], body["channel"]["id"]
    here = place_of(answerer.identity, person["id"], channel)
    kept = opened(action, answerer.seals, here)
    command = command_of(kept)
    # What everyone sees is not one reader's to turn over.
    in_place = _is_private(body) and _turns_a_page(command)
    reply = by_response_url(answerer.client, url, replaces=in_place)
    name = str(person.get("username") or person.get("name") or "")
    about = about_in(kept.words)[1]
    team = str(person.get("team_id") or "")
    asked = Asked(person["id"], channel, reply, _below(body), name, about, team)
    if asks := asks_in(action, kept):
        words, form = asks
        await modals.ask(body["trigger_id"], form, Kept(ASK, channel, words, reply_to=url))
    elif isinstance(command, Older | Foreign):
        await answerer.say(compose.unopened(command, prefix=PREFIX), asked)
    elif command == Subscribe(()):
        await modals.ask_what_to_follow(body["trigger_id"], asked)
    elif command == ChannelSettings():
        await modals.show_settings(body["trigger_id"], command, asked)
    elif isinstance(command, Share):
        # What everyone sees is never replaced.
        instead = by_response_url(answerer.client, url, replaces=_is_private(body))
        await answerer.share(command, asked, instead)
    else:
        await answerer.answer(command, asked)


def command_of(kept: Opened | Older | Foreign) -> Command | Older | Foreign:
    """Return the command of a button, or why it does nothing."""
    if not isinstance(kept, Opened):
        return kept
    command = parse(about_in(kept.words)[0]) if kept.words else Unclear("")
    return Older(kept.words) if isinstance(command, Unclear) else command


def _turns_a_page(command: Command | Older | Foreign) -> bool:
    return not isinstance(command, Older | Foreign) and turns_a_page(command)


def _is_private(body: dict[str, Any]) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _below(body: dict[str, Any]) -> str:
    """Return the message that a press is about, or the first one of its thread."""
    container = body.get("container") or {}
    own = "" if _is_private(body) else container.get("message_ts")
    return str(container.get("thread_ts") or own or "")
