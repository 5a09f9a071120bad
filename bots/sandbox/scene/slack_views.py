"""Slack's modals and home tab in the scene: what each person sees of them, and can do there."""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.sandbox.scene.cast import Json
from bots.sandbox.slack import NoAnswer, SlackStandIn, User


class SlackViews:
    """The views of the app before the people of the cast."""

    def __init__(self, slack: SlackStandIn, users: Mapping[str, User]) -> None:
        self._slack = slack
        self._users = users

    @property
    def shortcuts(self) -> Mapping[str, str]:
        """The shortcuts that are about no message: the name of each by its callback id."""
        return self._slack.forms.shortcuts

    def shown(self, person: str) -> Json:
        """Return the modal that a person has before them, and their home tab."""
        user = self._users[person]
        return {"modal": self._slack.forms.modal(user), "home": self._slack.forms.home(user)}

    async def act(self, person: str, what: str, said: Json) -> Json:
        """Do something; return what comes of it beside the views: a remark, errors, options."""
        try:
            return await self._act(self._users[person], what, said)
        except (NoAnswer, LookupError, ValueError) as error:
            return {"remark": f"{error}."}

    async def _act(self, user: User, what: str, said: Json) -> Json:
        forms, view = self._slack.forms, str(said.get("view") or "")
        action, given = str(said.get("action") or ""), _given(said.get("given"))
        match what:
            case "home":
                await forms.open_home(user)
            case "shortcut":
                await forms.shortcut(user, str(said.get("shortcut") or ""))
            case "fill":
                forms.fill(user, view, action, given)
            case "press":
                block = str(said.get("block") or "")
                await forms.press(user, view, action, given, block_id=block)
            case "suggest":
                typed = str(said.get("typed") or "")
                return {"options": await forms.suggestions(user, view, action, typed)}
            case "send":
                return {"errors": (await forms.send(user, view)).errors}
            case "close":
                await forms.close(user)
            case _:
                raise LookupError(f"Nobody can {what} here")
        return {}


def _given(value: Any) -> str | Sequence[str]:  # noqa: ANN401 (JSON holds anything)
    return [str(it) for it in value] if isinstance(value, list) else str(value or "")
