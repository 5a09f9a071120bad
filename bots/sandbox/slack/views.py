"""The methods that open and change modals and home tabs."""

from bots.sandbox.slack import inputs
from bots.sandbox.slack.blocks import check_view
from bots.sandbox.slack.interactions import Answer, Interactions
from bots.sandbox.slack.wire import Args, Json, Refusal, complaint
from bots.sandbox.slack.world import World

_DEEPEST = 3


class Views:
    """The modals that are open and the home tabs that are published, by id and by person."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions
        self.home_tab = True
        self.modals: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self._stacks: dict[str, list[str]] = {}
        self._filled: dict[str, dict[tuple[str, str], object]] = {}
        self._offered: dict[tuple[str, str], list[Json]] = {}

    def open(self, args: Args) -> Json:
        """Answer views.open."""
        return self._show(args, on_top=False)

    def push(self, args: Args) -> Json:
        """Answer views.push."""
        return self._show(args, on_top=True)

    def update(self, args: Args) -> Json:
        """Answer views.update."""
        old = self._find(args)
        if args.text("hash", old["hash"]) != old["hash"]:
            raise Refusal("hash_conflict")
        view = self.replace(old, _checked(args, "modal"))
        return {"ok": True, "view": view}

    def publish(self, args: Args) -> Json:
        """Answer views.publish."""
        person = args.needed("user_id")
        if person not in self._world.users:
            raise Refusal("user_not_found")
        if not self.home_tab:
            raise Refusal("not_enabled")
        old = self.homes.get(person)
        if args.text("hash") and (old is None or args.text("hash") != old["hash"]):
            raise Refusal("hash_conflict")
        view = self._stored(_checked(args, "home"), old["id"] if old else "")
        self.homes[person] = view
        self._tell(view, person)
        return {"ok": True, "view": view}

    # What people see, and what stands in it.

    def top(self, person: str) -> Json | None:
        """Return the modal that this person has before them."""
        stack = self._stacks.get(person)
        return self.modals[stack[-1]] if stack else None

    def seen(self, person: str, view_id: str) -> Json:
        """Return a view that this person has before them; raises `LookupError` if it is none."""
        home, modal = self.homes.get(person), self.top(person)
        for view in (modal, home):
            if view and view["id"] == view_id:
                return view
        raise LookupError(f"{view_id} is not before {person}")

    def with_state(self, view: Json) -> Json:
        """Return a view as events tell of it: with what stands in its inputs."""
        filled = self._filled.get(view["id"], {})
        return {**view, "state": {"values": inputs.values(view, filled)}}

    def fill(self, view: Json, action_id: str, given: inputs.Given) -> None:
        """Put into an input what a person typed or chose."""
        block, element = inputs.find(view, action_id)
        offered = self._offered.get((view["id"], action_id), [])
        standing = inputs.value(block, element, self._filled.get(view["id"], {}))
        kept = standing.get("selected_options") or []
        picked = inputs.chosen(element, given, [*offered, *kept])
        self._filled.setdefault(view["id"], {})[block["block_id"], action_id] = picked

    def offer(self, view: Json, action_id: str, options: list[Json]) -> None:
        """Keep what was offered in an input, as only that can be chosen."""
        known = self._offered.setdefault((view["id"], action_id), [])
        known += [it for it in options if it not in known]

    def replace(self, old: Json, view: Json) -> Json:
        """Put another view in the place of a modal; what stands in the same inputs stays."""
        kept = {name: old[name] for name in ("root_view_id", "previous_view_id")}
        shown = {**self._stored(view, old["id"]), **kept}
        self.modals[shown["id"]] = shown
        self._tell(shown, self._owner(shown["id"]))
        return shown

    def put_on_top(self, person: str, view: Json) -> Json:
        """Show a modal above those that this person has before them."""
        stack = self._stacks.setdefault(person, [])
        if len(stack) >= _DEEPEST:
            raise Refusal("push_limit_reached")
        shown = self._stored(view)
        shown["previous_view_id"] = stack[-1] if stack else None
        shown["root_view_id"] = stack[0] if stack else shown["id"]
        self.modals[shown["id"]] = shown
        stack.append(shown["id"])
        self._tell(shown, person)
        return shown

    def close(self, person: str, *, all_of_them: bool = False) -> list[Json]:
        """Take away the modal before this person, or all; return those that are gone."""
        stack = self._stacks.get(person, [])
        gone = stack[::-1] if all_of_them else stack[-1:]
        del stack[len(stack) - len(gone) :]
        return [self.modals.pop(view_id) for view_id in gone]

    def _show(self, args: Args, *, on_top: bool) -> Json:
        view = _checked(args, "modal")
        interaction = self._interactions.use_trigger(args.needed("trigger_id"))
        if not on_top:
            self.close(interaction.person, all_of_them=True)
        shown = self.put_on_top(interaction.person, view)
        interaction.settle(Answer(view=shown))
        return {"ok": True, "view": shown}

    def _find(self, args: Args) -> Json:
        external_id = args.text("external_id")
        if external_id:
            named = (v for v in self.modals.values() if v.get("external_id") == external_id)
            view = next(named, None)
        else:
            view = self.modals.get(args.needed("view_id"))
        if view is None:
            raise Refusal("not_found")
        return view

    def _owner(self, view_id: str) -> str:
        return next((it for it, stack in self._stacks.items() if view_id in stack), "")

    def _stored(self, view: Json, view_id: str = "") -> Json:
        world = self._world
        own = {"team_id": world.team_id, "app_id": world.app_id, "bot_id": world.bot_id}
        names = {"callback_id": "", "private_metadata": "", "external_id": ""}
        links = {"root_view_id": None, "previous_view_id": None}
        named = {"id": view_id or world.new_id("V"), "hash": world.new_ts(), **own, **names}
        blocks = [{"block_id": world.new_id("b"), **block} for block in view["blocks"]]
        return {**named, **links, **view, "blocks": blocks}

    def _tell(self, view: Json, person: str) -> None:
        self._interactions.notice_view(person, view)
        self._world.tell_of_view(person)


def _checked(args: Args, kind: str) -> Json:
    args.needed("view")
    return checked_view(args.parsed("view", "invalid_arguments"), kind)


def checked_view(view: object, kind: str) -> Json:
    """Return a view of this kind. Raises `Refusal` if Slack would not show it."""
    report = check_view(view)
    if not report.problems and isinstance(view, dict) and view["type"] != kind:
        report.add(f"must be one of: {kind}", (((), "view"), "type"))
    if report.problems or not isinstance(view, dict):
        raise complaint("invalid_arguments", report.problems)
    return view
