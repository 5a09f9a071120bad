"""The sandbox's page: a role of the server, or none, is chosen from a list of Discord's own."""

from typing import Any

import aiohttp

from bots.sandbox.scene import Scene
from core.commands import Caller, Command, Search
from core.messages import GroupChoice, Message
from tests.scenebots import NamingDesk, bots_at
from tests.test_sandbox_page import IN_GENERAL, WORDS, browser, page, scene, seen, told

__all__ = ["browser", "page", "scene"]


class AskingDesk(NamingDesk):
    """A desk whose answers let one choose a role."""

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Show the list with what was chosen from it."""
        self.asked.append((command, caller))
        said = command.query.split()[2:] if isinstance(command, Search) else []
        return Message((GroupChoice("Ping", "search page:2 upto:9", "".join(said)),))


def listed(shown: dict[str, Any]) -> dict[str, Any]:
    """Return the list in a message."""
    [container] = shown["body"]["components"]
    _, row = container["components"]
    (found,) = row["components"]
    return dict(found)


def standing(scene: Scene) -> list[str]:
    """Return what is chosen in the list that is shown now."""
    (shown,) = scene.discord_side.shown("mia", "general")
    stands = listed({"body": shown.body}).get("default_values", [])
    return [it["id"] for it in stands]


async def test_a_role_is_chosen_and_left_again(
    scene: Scene, browser: aiohttp.ClientSession
) -> None:
    role = scene.discord_side.role.id
    async with bots_at(scene, AskingDesk()):
        await told(browser, "/api/discord/words", WORDS)
        for chosen in ([role], []):
            (shown,) = await seen(browser, "discord")
            button = listed(shown)["custom_id"]
            press = {**IN_GENERAL, "message": shown["id"], "button": button, "option": chosen}
            assert await told(browser, "/api/discord/press", press) == {"remark": ""}
            await scene.discord.until(lambda: standing(scene) == chosen)  # noqa: B023 (it is awaited at once)

    assert standing(scene) == []


async def test_the_page_is_told_which_roles_there_are(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/api/discord/messages", params=IN_GENERAL) as response:
        shown = await response.json()

    assert [shown["names"][it] for it in shown["groups"]] == ["news"]


async def test_the_page_is_told_which_channels_there_are(browser: aiohttp.ClientSession) -> None:
    for side in ("discord", "slack"):
        async with browser.get(f"/api/{side}/messages", params=IN_GENERAL) as response:
            shown = await response.json()

        assert "general" in [shown["names"][it] for it in shown["channels"]]
