"""The home tab: published when it is opened, and anew when something in it was done."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from bots.slack import views
from bots.slack.answers import Answerer, Asked
from bots.slack.callers import HOME
from bots.slack.errors import BROKEN, failure
from bots.slack.render import Payload
from bots.slack.sealing import sealed_view
from bots.slack.settings import blocks_of
from core.commands import (
    Change,
    Command,
    ForReaders,
    Help,
    Home,
    Privacy,
    Related,
    RelatedTo,
    Subscriptions,
)
from core.messages import Message

log = logging.getLogger(__name__)

_SHOWN_APART = (ForReaders, Related, RelatedTo, Change, Help, Privacy, Subscriptions)
"""What is only read: it opens above the home tab, which stays as it is."""


def is_shown_apart(command: Command) -> bool:
    """Say whether the answer to `command` opens above the home tab, and changes nothing in it."""
    return isinstance(command, _SHOWN_APART)


class Homes:
    """Publishes the home tabs of the people of a workspace."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def publish(
        self, person: str, command: Home | None = None, above: Message | None = None
    ) -> None:
        """Publish the home tab of a person, perhaps with an answer above the rest."""
        asked = Asked(person, HOME, _nowhere)
        shown = await self._answerer.told(command or Home(), asked)
        whole = Message((*(above.parts if above else ()), *shown.parts))
        view = views.home(blocks_of(whole), command.page if command else "")
        view = sealed_view(view, self._answerer.seals, self._answerer.identity.workspace)
        try:
            await self._answerer.client.views_publish(user_id=person, view=view)
        except (SlackApiError, *BROKEN) as error:
            log.warning("could not publish a home tab: %s", failure(error))

    async def opened(self, event: Mapping[str, Any]) -> None:
        """Publish the home tab of who opened it; the tab of messages is none of it."""
        if event.get("tab") == "home" and event.get("user"):
            await self._answerer.under_way.do(self.publish(str(event["user"])))


async def _nowhere(_payload: Payload) -> None:
    """Reply nowhere: what is answered is published."""
