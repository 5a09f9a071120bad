"""The Discord stand-in: who may ask, messages, nonces, pings and closed channels."""

from collections.abc import AsyncIterator

import pytest

from bots.sandbox.discord import Channel, DiscordStandIn, User, permissions
from tests.discordbot import TEXT, Bot, Clock, plain_bot


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(clock: Clock) -> AsyncIterator[Bot]:
    async with plain_bot(clock) as client:
        yield client


@pytest.fixture
def discord(bot: Bot) -> DiscordStandIn:
    return bot.discord


@pytest.fixture
def channel(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


# Who may ask.


async def test_a_wrong_token_is_refused_in_discords_words(bot: Bot) -> None:
    reply = await bot.ask("GET", "/users/@me", Authorization="Bot wrong")

    assert reply.status == 401
    assert reply.body == {"message": "401: Unauthorized", "code": 0}


@pytest.mark.parametrize("agent", ["python-aiohttp", "DiscordBot", "DiscordBot (themata, 1)"])
async def test_a_client_without_a_bots_user_agent_is_refused(bot: Bot, agent: str) -> None:
    reply = await bot.ask("GET", "/users/@me", User_Agent=agent)

    assert reply.code == (403, 40333)


async def test_answers_are_json_without_a_charset(bot: Bot) -> None:
    reply = await bot.ask("GET", "/users/@me")

    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/channels/1/nothing", 404),
        ("PUT", "/channels/1/messages", 405),
        ("POST", "/users/@me", 405),
    ],
)
async def test_unknown_routes_are_refused(bot: Bot, method: str, path: str, status: int) -> None:
    assert (await bot.ask(method, path)).status == status


async def test_the_bot_finds_itself_its_application_and_the_gateway(
    bot: Bot, discord: DiscordStandIn
) -> None:
    me = await bot.ask("GET", "/users/@me")
    application = await bot.ask("GET", "/oauth2/applications/@me")
    gateway = await bot.ask("GET", "/gateway/bot")

    assert me.body["id"] == discord.bot_user_id
    assert application.body["id"] == discord.application_id
    assert application.body["owner"]["username"] == "owner"
    assert gateway.body["url"] == discord.gateway_url
    assert gateway.body["session_start_limit"]["max_concurrency"] == 1


# Messages.


async def test_a_posted_message_stands_in_its_channel(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    reply = await bot.post(channel, {**TEXT, "nonce": "n1"})

    (message,) = discord.messages(channel)
    assert reply.status == 200
    assert reply.body == message.data
    assert (message.text, message.author_id) == ("words", discord.bot_user_id)
    assert message.data["nonce"] == "n1"
    assert message.data["channel_id"] == channel.id
    assert message.data["timestamp"].startswith("2027-01-15T08:00:00")
    assert message.data["components"][0]["id"] == 1


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"content": ""}, (400, 50006)),
        ({"content": "  "}, (400, 50006)),
        ({"flags": 1 << 15, "components": []}, (400, 50006)),
        ({"content": "a" * 2001}, (400, 50035)),
        ({"content": "x", "nonce": "a" * 26}, (400, 50035)),
        ({"content": "x", "nonce": 1.5}, (400, 50035)),
        ({"content": "x", "message_reference": {"message_id": "1"}}, (400, 50035)),
        ([], (400, 50109)),
        ({"content": "a" * 2_000_000}, (413, 40005)),
    ],
)
async def test_a_body_that_cannot_be_posted_is_refused(
    bot: Bot, discord: DiscordStandIn, channel: Channel, body: object, refused: tuple[int, int]
) -> None:
    assert (await bot.post(channel, body)).code == refused
    assert discord.messages(channel) == []


async def test_a_fault_is_named_by_its_path(bot: Bot, channel: Channel) -> None:
    reply = await bot.post(channel, {"flags": 1 << 15, "components": [{"type": 10}]})

    fault = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
    assert reply.body["message"] == "Invalid Form Body"
    assert reply.body["errors"] == {"components": {"0": {"content": {"_errors": [fault]}}}}


async def test_an_edit_changes_the_message_and_keeps_its_layout(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    posted = await bot.post(channel, TEXT)
    path = f"/channels/{channel.id}/messages/{posted.body['id']}"

    reply = await bot.ask("PATCH", path, {"components": [{"type": 10, "content": "new"}]})

    (message,) = discord.messages(channel)
    assert reply.body == message.data
    assert message.text == "new"
    assert message.data["flags"] == 1 << 15
    assert message.data["edited_timestamp"]


async def test_words_cannot_be_put_into_a_message_with_layout(bot: Bot, channel: Channel) -> None:
    posted = await bot.post(channel, TEXT)

    reply = await bot.ask(
        "PATCH", f"/channels/{channel.id}/messages/{posted.body['id']}", {"content": "x"}
    )

    assert reply.code == (400, 50035)


async def test_layout_replaces_words_only_if_they_are_taken_out(bot: Bot, channel: Channel) -> None:
    posted = await bot.post(channel, {"content": "old"})
    path = f"/channels/{channel.id}/messages/{posted.body['id']}"

    assert (await bot.ask("PATCH", path, TEXT)).code == (400, 50035)
    assert (await bot.ask("PATCH", path, {**TEXT, "content": None})).status == 200


async def test_a_persons_message_cannot_be_edited(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    said = discord.say(mia, channel, "hello")
    path = f"/channels/{channel.id}/messages/{said.id}"

    assert (await bot.ask("PATCH", path, {"content": "x"})).code == (403, 50005)
    assert (await bot.ask("DELETE", path)).code == (403, 50013)


async def test_a_deleted_message_is_unknown(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    posted = await bot.post(channel, TEXT)
    path = f"/channels/{channel.id}/messages/{posted.body['id']}"

    assert (await bot.ask("DELETE", path)).status == 204
    assert (await bot.ask("GET", path)).code == (404, 10008)
    assert (await bot.ask("PATCH", path, TEXT)).code == (404, 10008)
    assert discord.messages(channel) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["4", "3", "2", "1", "0"]),
        ("limit=2", ["4", "3"]),
        ("limit=2&before={2}", ["1", "0"]),
        ("limit=2&after={1}", ["3", "2"]),
        ("limit=3&around={2}", ["3", "2", "1"]),
    ],
)
async def test_history_is_read_in_pages_newest_first(
    bot: Bot, channel: Channel, query: str, expected: list[str]
) -> None:
    posted = [(await bot.post(channel, {"content": str(i)})).body["id"] for i in range(5)]

    reply = await bot.ask("GET", f"/channels/{channel.id}/messages?{query.format(*posted)}")

    assert [message["content"] for message in reply.body] == expected


@pytest.mark.parametrize("limit", ["0", "101", "many"])
async def test_a_page_has_at_most_a_hundred(bot: Bot, channel: Channel, limit: str) -> None:
    reply = await bot.ask("GET", f"/channels/{channel.id}/messages?limit={limit}")

    assert reply.code == (400, 50035)


# Nonces.


async def test_history_tells_no_nonce_and_is_empty_without_the_permission(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    await bot.post(channel, {**TEXT, "nonce": "n1"})

    told = await bot.ask("GET", f"/channels/{channel.id}/messages")
    discord.permit(channel, permissions.BOT & ~permissions.READ_MESSAGE_HISTORY)
    hidden = await bot.ask("GET", f"/channels/{channel.id}/messages")

    assert ["nonce" in message for message in told.body] == [False]
    assert hidden.body == []


async def test_a_channel_says_what_was_written_last_even_if_it_was_deleted(
    bot: Bot, discord: DiscordStandIn, channel: Channel, mia: User
) -> None:
    path = f"/channels/{channel.id}"
    before = await bot.ask("GET", path)
    discord.say(mia, channel, "hello")
    posted = await bot.post(channel, TEXT)
    await bot.ask("DELETE", f"{path}/messages/{posted.body['id']}")
    discord.permit(channel, permissions.VIEW_CHANNEL)
    after = await bot.ask("GET", path)

    assert before.body["last_message_id"] is None
    assert after.body["last_message_id"] == posted.body["id"]


async def test_the_id_that_the_bot_gives_a_component_is_told(bot: Bot, channel: Channel) -> None:
    ids = [
        [1 << 30, [1, 2]],
        [(1 << 30) + 1, [1, 2]],
        [1001, [1001, 2]],
        [2**31, [1, 2]],
    ]
    said = []
    for given, _ in ids:
        inside = [{"type": 10, "content": "one"}, {"type": 10, "content": "two"}]
        if given == 1001:
            inside[0]["id"] = given
        container = {"type": 17, "id": given, "components": inside}
        reply = await bot.post(channel, {"flags": 1 << 15, "components": [container]})
        said.append(reply.body.get("components", reply.status))

    told = [[c["id"], [part["id"] for part in c["components"]]] for (c,) in said[:2]]
    assert told == ids[:2]
    assert said[2:] == [400, 400]


async def test_a_repeated_nonce_returns_the_first_message(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    body = {**TEXT, "nonce": "n1", "enforce_nonce": True}

    first, second = await bot.post(channel, body), await bot.post(channel, body)

    assert first.body["id"] == second.body["id"]
    assert len(discord.messages(channel)) == 1


async def test_a_nonce_is_the_authors_not_the_channels(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    other = discord.add_channel(discord.guilds[0], "other")
    body = {**TEXT, "nonce": 17, "enforce_nonce": True}

    await bot.post(channel, body)
    second = await bot.post(other, body)

    assert second.body["channel_id"] == channel.id
    assert discord.messages(other) == []


async def test_a_nonce_that_is_not_enforced_does_nothing(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    for _ in range(2):
        await bot.post(channel, {**TEXT, "nonce": "n1"})

    assert len(discord.messages(channel)) == 2


async def test_a_nonce_is_forgotten_after_some_minutes(
    bot: Bot, discord: DiscordStandIn, channel: Channel, clock: Clock
) -> None:
    body = {**TEXT, "nonce": "n1", "enforce_nonce": True}
    await bot.post(channel, body)

    clock.now += 299
    await bot.post(channel, body)
    assert len(discord.messages(channel)) == 1

    clock.now += 2
    await bot.post(channel, body)
    assert len(discord.messages(channel)) == 2


async def test_the_nonce_of_a_deleted_message_is_answered_unknown_message(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    body = {**TEXT, "nonce": "n1", "enforce_nonce": True}
    posted = await bot.post(channel, body)
    await bot.ask("DELETE", f"/channels/{channel.id}/messages/{posted.body['id']}")

    assert (await bot.post(channel, body)).code == (404, 10008)
    assert discord.messages(channel) == []


# Pings.


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, ("@everyone", "@here", "<@5>", "<@&6>")),
        ({"parse": []}, ()),
        ({}, ()),
        ({"parse": ["users"]}, ("<@5>",)),
        ({"parse": ["everyone"]}, ("@everyone", "@here")),
        ({"parse": [], "roles": ["6"]}, ("<@&6>",)),
        ({"users": ["5"]}, ("<@5>",)),
    ],
)
async def test_who_is_pinged_depends_on_the_allowed_mentions(
    bot: Bot, discord: DiscordStandIn, channel: Channel, allowed: object, expected: tuple[str, ...]
) -> None:
    words = "@everyone @here <@5> <@!5> <@&6> <#7> @mia"
    body = {"flags": 1 << 15, "components": [{"type": 10, "content": words}]}

    await bot.post(channel, body if allowed is None else {**body, "allowed_mentions": allowed})

    (message,) = discord.messages(channel)
    assert message.pings == expected
    assert message.allowed_mentions == allowed


# Closed channels.


@pytest.mark.parametrize(("refused", "status"), [(10003, 404), (50001, 403), (50013, 403)])
async def test_a_closed_channel_says_why(
    bot: Bot, discord: DiscordStandIn, channel: Channel, refused: int, status: int
) -> None:
    discord.close_channel(channel, code=refused)

    assert (await bot.post(channel, TEXT)).code == (status, refused)


async def test_without_permission_nothing_is_posted(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    discord.permit(channel, permissions.VIEW_CHANNEL)
    assert (await bot.post(channel, TEXT)).code == (403, 50013)

    discord.permit(channel, permissions.BOT)
    assert (await bot.post(channel, TEXT)).status == 200


async def test_a_thread_needs_its_own_permission(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    thread = discord.add_thread(channel, "today")
    assert (await bot.post(thread, TEXT)).status == 200

    discord.permit(channel, permissions.BOT & ~permissions.SEND_MESSAGES_IN_THREADS)
    assert (await bot.post(thread, TEXT)).code == (403, 50013)
    assert (await bot.post(channel, TEXT)).status == 200


async def test_a_guild_that_removed_the_bot_is_out_of_reach(
    bot: Bot, discord: DiscordStandIn, channel: Channel
) -> None:
    discord.kick(discord.guilds[0])

    assert (await bot.post(channel, TEXT)).code == (403, 50001)


async def test_direct_messages_are_opened_once_and_may_be_closed(
    bot: Bot, discord: DiscordStandIn, mia: User
) -> None:
    first = await bot.ask("POST", "/users/@me/channels", {"recipient_id": mia.id})
    second = await bot.ask("POST", "/users/@me/channels", {"recipient_id": mia.id})
    direct = discord.open_dm(mia)

    assert first.body["id"] == second.body["id"] == direct.id
    assert (await bot.post(direct, TEXT)).status == 200
    discord.closed_dms(mia)
    assert (await bot.post(direct, TEXT)).code == (403, 50007)


@pytest.mark.parametrize(
    ("path", "refused"),
    [("/channels/1", (404, 10003)), ("/channels/x", (400, 50035)), ("/guilds/1", (404, 10004))],
)
async def test_what_does_not_exist_is_unknown(
    bot: Bot, path: str, refused: tuple[int, int]
) -> None:
    assert (await bot.ask("GET", path)).code == refused
