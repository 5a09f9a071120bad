"""A message as it stands on a platform, which took it."""

import json

import aiohttp

from bots.discord.drawing import body as discord_body
from bots.sandbox.discord import Message as OnDiscord
from bots.sandbox.slack import Message as OnSlack
from bots.sandbox.slack import SlackStandIn
from bots.slack.poster import body as slack_body
from core.messages import Message
from core.posting import Address
from tests.discordbot import Clock, plain_bot


async def on_discord(message: Message) -> OnDiscord:
    """Return a message as it stands on Discord, which took it."""
    async with plain_bot(Clock()) as bot:
        channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "ai-news")
        sent = json.loads(discord_body(Address("discord", "1", channel.id), message, "key"))
        reply = await bot.post(channel, sent)
        assert reply.status == 200, reply.body
        return bot.discord.messages(channel)[0]


async def on_slack(message: Message) -> OnSlack:
    """Return a message as it stands on Slack, which took it."""
    async with SlackStandIn() as slack, aiohttp.ClientSession() as session:
        channel = slack.add_channel("ai-news")
        sent = slack_body(Address("slack", slack.team_id, channel.id), message, "key")
        token = {"Authorization": f"Bearer {slack.bot_token}"}
        url = f"{slack.api_url}chat.postMessage"
        async with session.post(url, json=sent, headers=token) as got:
            reply = await got.json()
        assert reply["ok"], reply
        return slack.messages(channel.id)[0]
