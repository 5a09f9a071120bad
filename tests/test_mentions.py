"""A rule's posts mention its role or group: once, in one line, and nobody else."""

import pytest

from bots.discord.poster import DiscordPoster
from bots.discord.render import payload
from bots.discord.roles import with_roles
from bots.sandbox.discord import DiscordStandIn, permissions
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from bots.slack.client import web_client
from bots.slack.groups import with_groups
from bots.slack.poster import SlackPoster
from bots.slack.render import as_payload
from core import grammar, rules, subscriptions
from core.compose import mentioning, post
from core.db import Database
from core.delivery import DeliveryWorker
from core.editing import EditWorker
from core.intake import Intake
from core.messages import Line, Lines, Mention, Message, Story
from core.posting import Address, Platform, Poster
from core.rules import Changes
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from tests.changes import CHANNEL, SECOND, EditPoster, News, told
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)
from tests.conftest import NOW
from tests.news import real_article

ROLE = "1187301264118239299"
GUILD = 1187301264118239211
MOMENT = Moment(NOW, zone_of("UTC"))
CATALOGUE = catalogue({"llms": (), "meta": ()})
WHY = {"everyone": "everyone", "@news": "no role", "news": "no role", "<@&x>": "no role"}


async def follow(news: News, role: str, *topics: str, at: Address = CHANNEL) -> None:
    """Let posts about these topics mention a role."""
    async with news.database.write() as db:
        changes = Changes({"mention": role})
        await subscriptions.follow(db, at, topics, changes, by="ada", now=news.now)


def lines(message: Message) -> list[Mention]:
    """Return the lines of a message that mention somebody."""
    return [part for part in message.parts if isinstance(part, Mention)]


@pytest.mark.parametrize(("typed", "role"), [(ROLE, ROLE), ("S0AB", "S0AB"), ("off", "")])
def test_a_mention_is_typed_by_an_id(typed: str, role: str) -> None:
    read = grammar.read(["llms", f"mention:{typed}"], CATALOGUE, MOMENT, by="channel")

    assert read.changes == Changes({"mention": role})
    assert not read.mistakes
    assert grammar.write(read.topics, read.changes) == f"llms mention:{typed}"


@pytest.mark.parametrize(("typed", "why"), WHY.items())
def test_what_is_no_role_is_a_mistake(typed: str, why: str) -> None:
    read = grammar.read(["llms", f"mention:{typed}"], CATALOGUE, MOMENT, by="channel")

    assert [mistake.why for mistake in read.blunders] == [why]
    assert not read.changes


def test_a_members_own_rule_mentions_nobody() -> None:
    read = grammar.read(["llms", f"mention:{ROLE}"], CATALOGUE, MOMENT)

    assert [mistake.why for mistake in read.blunders] == ["for channels"]
    assert not read.changes


def test_a_new_tag_does_not_take_over_a_mention() -> None:
    has = rules.merged({}, ["llms"], Changes({"mention": ROLE, "style": "line"}))

    after = rules.merged(has, ["meta"], Changes())

    assert (after["meta"].mention, after["meta"].style) == ("", "line")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (f"mention:<@&{ROLE}>", f"mention:{ROLE}"),
        (f"mention: <@&{ROLE}> heat:60", f"mention:{ROLE} heat:60"),
        (f"Mention:{ROLE}", f"Mention:{ROLE}"),
        (f"mention:<@&{GUILD}>", "mention:everyone"),
        (f"mention:{GUILD}", "mention:everyone"),
        ("mention:@everyone", "mention:everyone"),
        ("mention:@here", "mention:everyone"),
        (f"mention:<@{ROLE}>", f"mention:@<@{ROLE}>"),
        ("mention:@news", "mention:@news"),
        ("mention:team42", "mention:@team42"),
        ("mention:off", "mention:off"),
        ("llms heat:60", "llms heat:60"),
    ],
)
def test_a_role_typed_on_discord_is_read_by_its_id(typed: str, read: str) -> None:
    assert with_roles(f"channel follow llms {typed}", GUILD) == f"channel follow llms {read}"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("mention:<!subteam^S0AB|@news>", "mention:S0AB"),
        ("mention: <!subteam^S0AB> heat:60", "mention:S0AB heat:60"),
        ("mention:S0AB", "mention:S0AB"),
        ("mention:<!here>", "mention:everyone"),
        ("mention:<!channel|@channel>", "mention:everyone"),
        ("mention:@here", "mention:everyone"),
        ("mention:<@U0AB|mia>", "mention:@mia"),
        ("mention:@news", "mention:@news"),
        ("mention:team42", "mention:@team42"),
        ("mention:off", "mention:off"),
        ("llms heat:60", "llms heat:60"),
    ],
)
def test_a_group_typed_on_slack_is_read_by_its_id(typed: str, read: str) -> None:
    assert with_groups(f"channel follow llms {typed}") == f"channel follow llms {read}"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (f"<@&{ROLE}>", ROLE),
        (f"<@&{ROLE}> in:77", f"{ROLE} in:77"),
        (f"in:77 <@&{ROLE}>", f"in:77 {ROLE}"),
        (f"<@&{GUILD}>", "everyone"),
        ("in:77", "in:77"),
        ("mods in:77", "mods in:77"),
    ],
)
def test_who_can_change_a_channel_is_read_on_discord_beside_which_one(
    typed: str, read: str
) -> None:
    assert with_roles(f"channel managers {typed}", GUILD) == f"channel managers {read}"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<!subteam^S0AB|@news>", "S0AB"),
        ("<!subteam^S0AB|@news> in:C77", "S0AB in:C77"),
        ("in:C77 <!subteam^S0AB|@news>", "in:C77 S0AB"),
        ("in:C77", "in:C77"),
        ("mods in:C77", "mods in:C77"),
    ],
)
def test_who_can_change_a_channel_is_read_on_slack_beside_which_one(typed: str, read: str) -> None:
    assert with_groups(f"channel managers {typed}") == f"channel managers {read}"


@pytest.mark.mostly_one_database
async def test_a_post_begins_with_one_line_that_mentions_the_role(
    news: News, poster: EditPoster
) -> None:
    await follow(news, ROLE, "llms")
    await news.tell(told())
    await news.posting.post_due()

    ((_, message, _),) = poster.posts
    assert message.parts[0] == Mention((ROLE,), pings=True)
    assert len(lines(message)) == 1
    assert isinstance(message.parts[1], Story)


@pytest.mark.mostly_one_database
async def test_a_channel_without_a_mention_has_no_such_line(news: News, poster: EditPoster) -> None:
    quiet = Address("discord", "1", "quiet")
    await follow(news, ROLE, "llms")
    await follow(news, "", "llms", at=quiet)
    await news.tell(told())
    await news.posting.post_due()

    assert {at.channel: lines(message) != [] for at, message, _ in poster.posts} == {
        "news": True,
        "quiet": False,
    }


@pytest.mark.mostly_one_database
async def test_several_articles_of_several_rules_share_one_line(
    news: News, poster: EditPoster
) -> None:
    await follow(news, ROLE, "llms")
    await follow(news, "7", "meta")
    await follow(news, "", "crypto")
    for number, tag in enumerate(("llms", "meta", "crypto", "llms")):
        await news.tell(told(f"About {tag}", number=number, tags=(tag,)))
    await news.posting.post_due()

    ((_, message, _),) = poster.posts
    assert lines(message) == [Mention((ROLE, "7"), pings=True)]
    assert isinstance(message.parts[1], Lines)


@pytest.mark.parametrize("mentioning", ["agents", "llms", "meta"])
async def test_of_several_rules_that_match_one_that_mentions_decides(
    news: News, poster: EditPoster, mentioning: str
) -> None:
    for topic in ("agents", "llms", "meta"):
        await follow(news, ROLE if topic == mentioning else "", topic)
    await news.tell(told(tags=("agents", "llms", "meta")))
    await news.posting.post_due()

    ((_, message, _),) = poster.posts
    assert lines(message) == [Mention((ROLE,), pings=True)]


@pytest.mark.mostly_one_database
async def test_a_digest_mentions_too(news: News, poster: EditPoster) -> None:
    async with news.database.write() as db:
        read = grammar.read(
            ["llms", "when:daily", "13:00", f"mention:{ROLE}"], CATALOGUE, MOMENT, by="channel"
        )
        await subscriptions.follow(db, CHANNEL, read.topics, read.changes, by="ada", now=news.now)
    await news.tell(told(), told("Another", number=2))
    news.now += 3700 * SECOND
    await news.posting.post_due()

    ((_, message, _),) = poster.posts
    assert message.parts[0] == Mention((ROLE,), pings=True)


@pytest.mark.mostly_one_database
async def test_an_edit_keeps_the_line_and_pings_nobody(news: News, poster: EditPoster) -> None:
    await follow(news, ROLE, "llms")
    await news.tell(told())
    await news.posting.post_due()
    await news.tell(told("Gemma 4 runs on watches"))
    await news.pass_by(SECOND)

    ((_, message),) = poster.edits
    assert message.parts[0] == Mention((ROLE,), pings=False)


HOSTILE = "<@&{0}> <!subteam^{0}> <!subteam^{0}|@news> @everyone <!here>"


async def take_in_and_edit(
    database: Database, poster: Poster, platform: Platform, at: Address, role: str
) -> None:
    """Post an article whose text mentions the role as well, and edit it."""
    hostile = HOSTILE.format(role)
    async with database.write() as db:
        changes = Changes({"mention": role})
        await subscriptions.follow(db, at, ["llms"], changes, by="ada", now=NOW)
    for title in (f"Gemma {hostile}", f"Gemma, again {hostile}"):
        draft = told(title, hostile)
        await Intake(database).take_in(draft, source="site", now=NOW)
        await DeliveryWorker(database, poster, platform, clock=lambda: NOW).post_due()
        await EditWorker(database, poster, platform, clock=lambda: NOW + SECOND).edit_due()


@pytest.mark.mostly_one_database
async def test_on_discord_just_the_role_is_pinged_and_by_no_edit(database: Database) -> None:
    async with (
        DiscordStandIn(limits=DiscordLimits.off()) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        guild = discord.add_guild("Acme")
        channel, role = discord.add_channel(guild, "ai-news"), discord.add_role(guild, "news")
        pings = list[tuple[str, ...]]()
        discord.watch(lambda change: pings.append(tuple(change["pings"])))
        address = Address("discord", guild.id, channel.id)

        await take_in_and_edit(database, poster, "discord", address, role.id)
        (message,) = discord.messages(channel)

    assert pings == [(f"<@&{role.id}>",), ()]
    assert message.text.count(f"<@&{role.id}>") == 1
    assert message.allowed_mentions == {"parse": []}
    assert "again" in message.text


async def test_on_discord_nobody_else_may_be_pinged_by_a_post() -> None:
    async with (
        DiscordStandIn(limits=DiscordLimits.off()) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        guild = discord.add_guild("Acme")
        channel = discord.add_channel(guild, "ai-news")
        address = Address("discord", guild.id, channel.id)
        for mentionable, may in ((True, 0), (False, 0), (False, permissions.MENTION_EVERYONE)):
            role = discord.add_role(guild, "news", is_mentionable=mentionable)
            discord.permit(channel, permissions.BOT | may)
            message = mentioning((role.id,), post([real_article()], "card"), pings=True)
            await poster.post(address, message, key=role.id)
            standing = discord.messages(channel)[-1]

            assert standing.allowed_mentions == {"parse": [], "roles": [role.id]}
            expected = (f"<@&{role.id}>",) if mentionable or may else ()
            assert standing.pings == expected


@pytest.mark.mostly_one_database
async def test_on_slack_just_the_group_is_pinged(database: Database) -> None:
    async with (
        SlackStandIn(limits=SlackLimits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        channel, group = slack.add_channel("ai-news"), slack.add_group("news")
        address = Address("slack", slack.team_id, channel.id)
        poster = SlackPoster(client, spacing=0)

        await take_in_and_edit(database, poster, "slack", address, group.id)
        (message,) = slack.messages(channel.id)

    assert message.pings == (f"<!subteam^{group.id}>",)
    assert message.text.count(f"<!subteam^{group.id}>") == 1
    assert str(message.blocks).count("usergroup_id") == 1
    assert "again" in message.text


@pytest.mark.parametrize("wrong", ["", "@everyone", "1> @everyone", "S0AB> <!here", "\u0661"])
def test_what_is_no_id_is_not_drawn(wrong: str) -> None:
    message = Message((Mention((wrong,), pings=True), Lines((Line("A", None),))))

    assert payload(message) == payload(Message(message.parts[1:]))
    assert as_payload(message) == as_payload(Message(message.parts[1:]))
