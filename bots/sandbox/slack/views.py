"""The methods that open and change modals and home tabs."""

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
        self.modals: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self._stacks: dict[str, list[str]] = {}

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
        view = {**old, **_checked(args, "modal"), "hash": self._world.new_ts()}
        self.modals[view["id"]] = view
        return {"ok": True, "view": view}

    def publish(self, args: Args) -> Json:
        """Answer views.publish."""
        person = args.needed("user_id")
        if person not in self._world.users:
            raise Refusal("user_not_found")
        view = self._stored(_checked(args, "home"))
        self.homes[person] = view
        return {"ok": True, "view": view}

    def _show(self, args: Args, *, on_top: bool) -> Json:
        view = _checked(args, "modal")
        interaction = self._interactions.use_trigger(args.needed("trigger_id"))
        stack = self._stacks.get(interaction.person, []) if on_top else []
        if len(stack) >= _DEEPEST:
            raise Refusal("push_limit_reached")
        shown = self._stored(view)
        self.modals[shown["id"]] = shown
        self._stacks[interaction.person] = [*stack, shown["id"]]
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

    def _stored(self, view: Json) -> Json:
        world = self._world
        own = {"team_id": world.team_id, "app_id": world.app_id, "bot_id": world.bot_id}
        return {"id": world.new_id("V"), "hash": world.new_ts(), **own, **view}


def _checked(args: Args, kind: str) -> Json:
    args.needed("view")
    view = args.parsed("view", "invalid_arguments")
    report = check_view(view)
    if not report.problems and view["type"] != kind:
        report.add(f"must be one of: {kind}", (((), "view"), "type"))
    if report.problems:
        raise complaint("invalid_arguments", report.problems)
    checked: Json = view
    return checked
