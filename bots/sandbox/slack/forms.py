"""What people do in modals and in the home tab: they type, choose, press, send and close."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.sandbox.slack import inputs
from bots.sandbox.slack.blocks import check_options
from bots.sandbox.slack.events import Events
from bots.sandbox.slack.interactions import Answer, Interaction, Interactions, NoAnswer
from bots.sandbox.slack.sockets import Sockets, Unacknowledged
from bots.sandbox.slack.views import Views, checked_view
from bots.sandbox.slack.wire import Json, Refusal
from bots.sandbox.slack.world import User, World

_TROUBLE = "We had some trouble connecting. Try again?"
_REQUIRED = "Please complete this required field."
_SUGGESTED = frozenset({"external_select", "multi_external_select"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What comes of sending a modal."""

    errors: dict[str, str] = field(default_factory=dict)
    """What is wrong, by the ids of blocks; it stays open then."""
    view: Json | None = None
    """What is shown instead; nothing if it is closed."""


class Forms:
    """What people of a workspace can do in the views of the app."""

    def __init__(
        self,
        world: World,
        sockets: Sockets,
        events: Events,
        interactions: Interactions,
        views: Views,
    ) -> None:
        self._world = world
        self._sockets = sockets
        self._events = events
        self._interactions = interactions
        self._views = views
        self.shortcuts: Mapping[str, str] = {}
        """The shortcuts that are about no message: the name of each by its callback id."""

    @property
    def home_tab(self) -> bool:
        """Whether the app has a home tab."""
        return self._views.home_tab

    @home_tab.setter
    def home_tab(self, is_on: bool) -> None:
        self._views.home_tab = is_on

    def modal(self, user: User) -> Json | None:
        """Return the modal that a person has before them, with what stands in it."""
        view = self._views.top(user.id)
        return self._views.with_state(view) if view else None

    def home(self, user: User) -> Json | None:
        """Return the home tab of a person, if it was ever published."""
        view = self._views.homes.get(user.id)
        return self._views.with_state(view) if view else None

    async def open_home(self, user: User) -> Json | None:
        """Open the home tab; return it as the app published it, or nothing if it does not."""
        event: Json = {"type": "app_home_opened", "user": user.id, "tab": "home"}
        event |= {"channel": self._world.direct_messages(user.id).id}
        event |= {"event_ts": self._world.new_ts()}
        if home := self._views.homes.get(user.id):
            event["view"] = self._views.with_state(home)
        if event["type"] not in self._events.subscribed or not self._views.home_tab:
            return None
        with self._interactions.begun(user.id, "", in_view="home") as interaction:
            await self._events.send(event)
            return (await interaction.first_answer(self._world.limits.answer_seconds)).view

    async def shortcut(self, user: User, callback_id: str) -> Answer:
        """Choose a shortcut of the app that is about no message."""
        if callback_id not in self.shortcuts:
            raise LookupError(f"there is no shortcut {callback_id}")
        with self._interactions.begun(user.id, "") as interaction:
            payload = self._began(user, interaction)
            payload |= {"type": "shortcut", "callback_id": callback_id}
            payload["action_ts"] = self._world.new_ts()
            return await self._delivered(payload, interaction)

    def fill(self, user: User, view_id: str, action_id: str, given: inputs.Given) -> None:
        """Type or choose in an input of which the app is told only when the view is sent."""
        self._views.fill(self._views.seen(user.id, view_id), action_id, given)

    async def press(
        self,
        user: User,
        view_id: str,
        action_id: str,
        given: inputs.Given = "",
        *,
        block_id: str = "",
    ) -> Answer:
        """Press a button, or choose in a menu of which the app is told at once.

        The first of this id, or that in the block of `block_id`.
        """
        view = self._views.seen(user.id, view_id)
        block, element = inputs.find(view, action_id, block_id)
        if element["type"] not in {"button", "overflow"}:
            self._views.fill(view, action_id, given)
        kind = "home" if view["type"] == "home" else view_id
        with self._interactions.begun(user.id, "", in_view=kind) as interaction:
            shown = self._views.with_state(view)
            payload = {**self._began(user, interaction), "type": "block_actions", "view": shown}
            payload |= {"container": {"type": "view", "view_id": view_id}, "response_urls": []}
            payload |= {"state": shown["state"]}
            payload["actions"] = [self._action(shown, block, element, given)]
            return await self._delivered(payload, interaction)

    async def suggestions(self, user: User, view_id: str, action_id: str, typed: str) -> list[Json]:
        """Type into a menu whose options the app gives; return those that are offered."""
        view = self._views.seen(user.id, view_id)
        block, element = inputs.find(view, action_id)
        if element["type"] not in _SUGGESTED:
            raise LookupError(f"{action_id} asks the app for nothing")
        if len(typed) < element.get("min_query_length", 3):
            return []
        payload: Json = {
            **self._told_of(user),
            "type": "block_suggestion",
            "value": typed,
            "action_id": action_id,
            "block_id": block["block_id"],
            "container": {"type": "view", "view_id": view_id},
            "view": self._views.with_state(view),
        }
        options = offered_in(await self._deliver(payload))
        self._views.offer(view, action_id, options)
        return options

    async def send(self, user: User, view_id: str) -> Sent:
        """Send a modal; return what comes of it."""
        view = self._views.seen(user.id, view_id)
        shown = self._views.with_state(view)
        if missing := _missing(shown):
            return Sent(missing, view)
        with self._interactions.begun(user.id, "") as interaction:
            payload = {**self._began(user, interaction), "type": "view_submission", "view": shown}
            said = await self._deliver({**payload, "response_urls": []})
        try:
            return self._after_sending(user, view, said)
        except Refusal:
            raise NoAnswer(_TROUBLE) from None

    async def close(self, user: User) -> None:
        """Close the modal that a person has before them; the app is told if it asked for that."""
        for view in self._views.close(user.id):
            if view.get("notify_on_close"):
                payload: Json = {**self._told_of(user), "type": "view_closed", "is_cleared": False}
                await self._deliver({**payload, "view": self._views.with_state(view)})
        self._world.tell_of_view(user.id)

    def _after_sending(self, user: User, view: Json, said: Json) -> Sent:
        match said.get("response_action", ""):
            case "errors":
                return Sent(_errors(view, said), view)
            case "update":
                return Sent(view=self._views.replace(view, checked_view(said.get("view"), "modal")))
            case "push":
                pushed = checked_view(said.get("view"), "modal")
                return Sent(view=self._views.put_on_top(user.id, pushed))
            case "" | "clear" as action:
                self._views.close(user.id, all_of_them=action == "clear")
                self._world.tell_of_view(user.id)
                return Sent(view=self._views.top(user.id))
            case _:
                raise Refusal("invalid_arguments")

    async def _delivered(self, payload: Json, interaction: Interaction) -> Answer:
        await self._deliver(payload)
        if "url" in (payload.get("actions") or ({},))[0] and not interaction.answered.done():
            return Answer()
        return await interaction.first_answer(self._world.limits.answer_seconds)

    async def _deliver(self, payload: Json) -> Json:
        takes = payload["type"] in {"view_submission", "block_suggestion"}
        try:
            return await self._sockets.deliver(
                "interactive", payload, accepts_response_payload=takes
            )
        except Unacknowledged:
            raise NoAnswer(_TROUBLE) from None

    def _began(self, user: User, interaction: Interaction) -> Json:
        return {**self._told_of(user), "trigger_id": f"trigger.{interaction.id}"}

    def _told_of(self, user: User) -> Json:
        world = self._world
        return {
            "token": "legacy-verification-token",
            "api_app_id": world.app_id,
            "user": {
                "id": user.id,
                "username": user.name,
                "name": user.name,
                "team_id": user.team_id,
            },
            "team": {"id": world.team_id, "domain": world.team_domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, shown: Json, block: Json, element: Json, given: inputs.Given) -> Json:
        named = ("type", "action_id", "text", "value", "style", "url")
        action = {name: element[name] for name in named if name in element}
        action |= {"block_id": block["block_id"], "action_ts": self._world.new_ts()}
        if element["type"] == "button":
            return action
        if element["type"] == "overflow":
            picked = [it for it in element["options"] if it["value"] == given]
            return {**action, "selected_option": picked[0]}
        return {**action, **shown["state"]["values"][block["block_id"]][element["action_id"]]}


def _missing(shown: Json) -> dict[str, str]:
    needed = [it for it in shown["blocks"] if it["type"] == "input" and not it.get("optional")]
    standing = shown["state"]["values"]
    return {
        it["block_id"]: _REQUIRED
        for it in needed
        if inputs.is_empty(standing[it["block_id"]][it["element"]["action_id"]])
    }


def _errors(view: Json, said: Json) -> dict[str, str]:
    there = {it["block_id"] for it in view["blocks"] if it["type"] == "input"}
    errors = said.get("errors")
    if not isinstance(errors, dict) or not errors or not errors.keys() <= there:
        raise Refusal("invalid_arguments")
    return dict(errors)


def offered_in(said: Json) -> list[Json]:
    """Return what an app offers; `NoAnswer` if Slack would not show it."""
    options = said.get("options")
    if options is None or check_options(options).problems:
        raise NoAnswer(_TROUBLE)
    return list(options)
