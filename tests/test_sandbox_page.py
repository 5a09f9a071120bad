"""The sandbox's page: what it serves, what it lets one do, and whom it refuses."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.sandbox import page as page_module
from bots.sandbox.discord.uploads import Upload
from bots.sandbox.page import OWN_HEADER, Page
from bots.sandbox.scene import MIA, Scene
from tests.discordbot import PNG
from tests.scenebots import NamingDesk, bots_at, unhurried_scene
from tests.sealing import button

STATIC = Path(page_module.__file__).parent / "static"
IN_GENERAL = {"person": "mia", "place": "general"}
WORDS = {**IN_GENERAL, "words": "/subscribe llms"}
OWN = {OWN_HEADER: "1"}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with unhurried_scene() as opened:
        yield opened


@pytest.fixture
async def page(scene: Scene) -> AsyncIterator[Page]:
    async with Page(scene, port=0) as opened:
        yield opened


@pytest.fixture
async def browser(page: Page) -> AsyncIterator[aiohttp.ClientSession]:
    async with visiting(page) as session:
        yield session


@asynccontextmanager
async def visiting(page: Page) -> AsyncIterator[aiohttp.ClientSession]:
    """Give what the page's own scripts can do."""
    async with aiohttp.ClientSession(page.url, headers=OWN) as session:
        yield session


async def seen(browser: aiohttp.ClientSession, side: str, **who: str) -> list[dict[str, Any]]:
    """Return the messages that are shown, in #general to Mia if not said otherwise."""
    async with browser.get(f"/api/{side}/messages", params={**IN_GENERAL, **who}) as response:
        messages: list[dict[str, Any]] = (await response.json())["messages"]
        return messages


async def told(browser: aiohttp.ClientSession, path: str, body: object) -> Any:
    """Do something on the page, and return the answer."""
    async with browser.post(path, json=body) as response:
        assert response.status == 200
        return await response.json()


async def test_the_page_and_all_it_is_made_of_are_served(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as response:
        html = await response.text()
        policy = response.headers["Content-Security-Policy"]

    assert "A Discord and a Slack on this machine." in html
    assert "default-src 'none'" in policy
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
        async with browser.get(address) as response:
            assert response.status == 200, address


def test_every_script_imports_only_what_is_there() -> None:
    for script in STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text()):
            assert (STATIC / name).is_file(), f"{script.name} imports {name}"


def test_each_press_in_a_message_of_slack_names_its_block() -> None:
    presses = re.findall(r"\bpress\(\{([^}]*)\}", STATIC.joinpath("slack.js").read_text())

    assert len(presses) == 3
    assert all("block" in it.replace(" ", "").split(",") for it in presses)


def test_nothing_on_the_page_comes_from_elsewhere_or_reads_markup_from_messages() -> None:
    for file in STATIC.iterdir():
        words = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"""["'(]\s*(?:https?:)?//\w""", words), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", words)


async def test_the_page_knows_who_and_what_is_there(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/api/scene") as response:
        cast = await response.json()

    assert cast["people"] == ["ada", "mia"]
    assert cast["places"] == ["ai-news", "general", "direct"]
    assert cast["roles"]["slack"] == {"ada": "admin", "mia": "member"}
    assert not cast["takes_articles"]


async def test_messages_are_shown_to_everyone_in_the_channel(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    await scene.type_words("discord", MIA, "general", "hello")

    for person in ("ada", "mia"):
        (shown,) = await seen(browser, "discord", person=person)
        assert shown["body"]["content"] == "hello"
    assert await seen(browser, "discord", place="ai-news") == []


async def test_a_posted_message_of_slack_is_shown_with_its_blocks(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    channel = scene.slack_side.channels["general"].id
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "News"}}]
    body = {"channel": channel, "text": "News", "blocks": blocks}
    token = {"Authorization": f"Bearer {scene.slack.bot_token}"}
    await told(browser, "/api/slack/words", {**IN_GENERAL, "words": "hello"})

    async with aiohttp.ClientSession(headers=token) as bot:
        await (await bot.post(f"{scene.slack.api_url}chat.postMessage", json=body)).read()

    remark, shown = await seen(browser, "slack")
    assert remark["kind"] == "remark"
    assert (shown["author"], shown["kind"]) == ("Themata", "bot")
    assert shown["body"]["blocks"][0]["type"] == "header"


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_an_entry_of_a_messages_menu_is_answered(
    scene: Scene, browser: aiohttp.ClientSession, side: str
) -> None:
    scene.slack.shortcuts = {"related_stories": "Related stories"}
    async with bots_at(scene, NamingDesk()):
        await scene.discord.until(lambda: bool(scene.discord.commands))
        words = {"discord": "hello", "slack": "@Themata help"}[side]
        await told(browser, f"/api/{side}/words", {**IN_GENERAL, "words": words})
        async with browser.get(f"/api/{side}/messages", params=IN_GENERAL) as response:
            said = await response.json()
        pick = {"message": said["messages"][0]["id"], "entry": said["menu"][0]}
        answer = await told(browser, f"/api/{side}/pick", {**IN_GENERAL, **pick})

    why = {"discord": ["Why was this posted?"], "slack": []}[side]
    assert said["menu"] == ["Related stories", *why, "Mention @Themata below"]
    assert answer == {"remark": ""}
    assert "This is RelatedTo" in json.dumps(await seen(browser, side))


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_a_typed_command_is_answered_to_that_person_alone(
    scene: Scene, browser: aiohttp.ClientSession, side: str
) -> None:
    async with bots_at(scene, NamingDesk()):
        answer = await told(browser, f"/api/{side}/words", WORDS)

    assert answer == {"remark": ""}
    (shown,) = await seen(browser, side)
    assert shown["only_you"]
    assert "This is Subscribe" in json.dumps(shown["body"])
    assert await seen(browser, side, person="ada") == []


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_a_button_can_be_pressed(
    scene: Scene, browser: aiohttp.ClientSession, side: str
) -> None:
    async with bots_at(scene, NamingDesk()):
        await told(browser, f"/api/{side}/words", WORDS)
        (shown,) = await seen(browser, side)
        press = {
            **IN_GENERAL,
            "message": shown["id"],
            "button": button(shown["body"], "Follow #meta"),
        }

        answer = await told(browser, f"/api/{side}/press", press)

    assert answer == {"remark": ""}
    assert "This is Subscribe" in json.dumps((await seen(browser, side))[-1]["body"])


async def test_what_could_be_typed_is_suggested(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    async with bots_at(scene, NamingDesk()):
        typed = {**IN_GENERAL, "words": "/subscribe lla"}
        answer = await told(browser, "/api/discord/suggestions", typed)

    (suggestion,) = answer["suggestions"]
    assert suggestion["words"] == "/subscribe llama"


async def test_an_unknown_command_is_explained_and_stays_explained(
    browser: aiohttp.ClientSession,
) -> None:
    answer = await told(browser, "/api/slack/words", {**IN_GENERAL, "words": "/nope"})

    assert answer["remark"].startswith("/nope is not a valid command.")
    (shown,) = await seen(browser, "slack")
    assert (shown["kind"], shown["body"]["text"]) == ("remark", answer["remark"])


async def test_changes_arrive_without_a_reload(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("/api/events") as events:
        assert events.content_type == "text/event-stream"
        assert await events.content.readuntil(b"\n\n") == b"retry: 1000\n\n"

        side = scene.discord_side
        scene.discord.say(side.users[MIA], side.channels["general"], "hello")

        line = await events.content.readuntil(b"\n\n")

    notice = json.loads(line.removeprefix(b"data: "))
    assert notice == {"side": "discord", "place": "general", "person": ""}


async def test_a_page_that_closes_ends_its_streams(scene: Scene) -> None:
    async with Page(scene, port=0) as page, visiting(page) as browser:
        events = await browser.get("/api/events")
        await events.content.readuntil(b"\n\n")
        closing = asyncio.create_task(page.__aexit__(None, None, None))

        rest = await events.content.read()
        await closing

    assert rest == b""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8025", "127.0.0.1:1"])
async def test_the_page_answers_under_its_own_name_only(
    browser: aiohttp.ClientSession, host: str
) -> None:
    for path in ("/", "/api/scene", "/api/events"):
        async with browser.get(path, headers={"Host": host}) as response:
            assert response.status == 403


async def test_localhost_is_its_own_name_too(browser: aiohttp.ClientSession, page: Page) -> None:
    host = page.url.removeprefix("http://").replace("127.0.0.1", "localhost")

    async with browser.get("/", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_pages_of_other_sites_can_do_nothing(
    browser: aiohttp.ClientSession, origin: str
) -> None:
    headers = {"Origin": origin}

    async with browser.post("/api/discord/words", json=WORDS, headers=headers) as response:
        assert response.status == 403
    assert await seen(browser, "discord") == []


async def test_a_request_without_the_page_s_own_header_does_nothing(page: Page) -> None:
    async with (
        aiohttp.ClientSession(page.url) as stranger,
        stranger.post("/api/discord/words", json=WORDS) as response,
    ):
        assert response.status == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/discord/words", ["words"], 400),
        ("/api/discord/words", IN_GENERAL, 400),
        ("/api/discord/words", {**WORDS, "words": " "}, 400),
        ("/api/discord/words", {**WORDS, "words": 7}, 400),
        ("/api/discord/words", {**WORDS, "person": "eve"}, 404),
        ("/api/discord/words", {**WORDS, "place": ["general"]}, 404),
        ("/api/discord/words", {**WORDS, "words": "x" * 40_000}, 413),
        ("/api/irc/words", WORDS, 404),
        ("/api/article", {}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused(
    browser: aiohttp.ClientSession, path: str, body: object, status: int
) -> None:
    async with browser.post(path, json=body) as response:
        assert response.status == status


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpage.py", "%2Fetc%2Fpasswd"])
async def test_only_the_page_s_own_files_are_served(
    browser: aiohttp.ClientSession, name: str
) -> None:
    async with browser.get(f"/static/{name}") as response:
        assert response.status == 404


async def test_a_new_article_can_be_let_in_where_the_caller_has_one(scene: Scene) -> None:
    arrived = asyncio.Event()

    async def new_article() -> str:
        arrived.set()
        return "It is on its way."

    async with Page(scene, new_article, port=0) as page, visiting(page) as browser:
        cast = await (await browser.get("/api/scene")).json()
        answer = await told(browser, "/api/article", {})

    assert cast["takes_articles"]
    assert arrived.is_set()
    assert answer == {"remark": "It is on its way."}


async def test_a_picture_that_was_sent_is_shown_and_nothing_else_that_was(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    sent = {0: Upload("a.png", "text/html", PNG), 1: Upload("b.png", "image/png", b"<script>")}
    told = scene.discord.world.keep(sent)

    async with browser.get(f"/api/discord/files/{told[0]['id']}") as response:
        shown = (response.status, response.content_type, await response.read())
    others = [told[1]["id"], "0", "x"]
    refused = [(await browser.get(f"/api/discord/files/{one}")).status for one in others]

    assert shown == (200, "image/png", PNG)
    assert refused == [404] * 3
