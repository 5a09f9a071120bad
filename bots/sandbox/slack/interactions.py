"""What people began with the app: its response addresses, triggers, and the first answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bots.sandbox.slack.chat import Content, read_content
from bots.sandbox.slack.wire import Args, Json, Refusal, complaint
from bots.sandbox.slack.world import Change, Message, World


class NoAnswer(Exception):
    """The app did not answer; the text is what the person sees instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sees first after they did something: messages, or a view."""

    messages: tuple[Message, ...] = ()
    view: Json | None = None


@dataclass(slots=True)
class Interaction:
    """One thing a person did; `original` is the message whose button was pressed."""

    id: str
    person: str
    channel: str
    began_at: float
    original: Message | None = None
    thread_ts: str = ""
    was_mention: bool = False
    in_view: str = ""
    """The view in which it was done: its id, or `home`."""
    uses: int = 0
    trigger_used: bool = False
    answered: asyncio.Future[Answer] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, answer: Answer) -> None:
        """Take the first answer; later ones change nothing."""
        if not self.answered.done():
            self.answered.set_result(answer)

    async def first_answer(self, within: float | None) -> Answer:
        """Return the first answer. Raises `NoAnswer` if there is none `within` these seconds."""
        try:
            return await asyncio.wait_for(self.answered, within)
        except TimeoutError:
            raise NoAnswer("The app took it and said nothing") from None

    def is_answered_by(self, change: Change) -> bool:
        """Whether this change is what the person would take for the answer."""
        message = change.message
        if change.via or message.channel != self.channel:
            return change.via == self.id
        if self.original is not None and message.ts == self.original.ts:
            return True
        if change.kind != "posted" or not message.bot_id:
            return False
        if message.seen_by:
            return message.seen_by == self.person
        return self.was_mention and message.thread_ts in {"", self.thread_ts}


class Interactions:
    """All that people began, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._all: dict[str, Interaction] = {}
        self._waiting: list[Interaction] = []
        self.base = ""
        world.watchers.append(self._notice)

    @contextmanager
    def begun(
        self,
        person: str,
        channel: str,
        original: Message | None = None,
        *,
        mention_ts: str = "",
        in_view: str = "",
    ) -> Iterator[Interaction]:
        """Begin an interaction that waits for its answer until the block ends."""
        thread_ts = mention_ts or (original.thread_ts if original else "")
        interaction = Interaction(
            self._world.new_id("I"),
            person,
            channel,
            self._world.clock(),
            original,
            thread_ts,
            was_mention=bool(mention_ts),
            in_view=in_view,
        )
        self._all[interaction.id] = interaction
        self._waiting.append(interaction)
        try:
            yield interaction
        finally:
            self._waiting.remove(interaction)

    def response_url(self, interaction: Interaction) -> str:
        """Return the address where the app can answer."""
        return f"{self.base}/respond/{interaction.id}"

    def notice_view(self, person: str, view: Json) -> None:
        """Take a view that is shown or changed as the answer to what was done in it."""
        shown = "home" if view["type"] == "home" else view["id"]
        for interaction in self._waiting:
            if interaction.person == person and interaction.in_view == shown:
                interaction.settle(Answer(view=view))

    def respond(self, interaction_id: str, args: Args) -> Json:
        """Take what the app sent to a response address."""
        interaction = self._usable(interaction_id)
        if args.flag("delete_original"):
            self._delete_original(interaction)
        else:
            content = self._content(args)
            interaction.uses += 1
            self.answer(interaction, content, args)
        return {"ok": True}

    def answer(self, interaction: Interaction, content: Content, args: Args) -> None:
        """Show an answer to the person, or to the channel, or in the original's place."""
        original = interaction.original
        if args.flag("replace_original") and original is not None:
            new = self._world.edit(original, content.text, content.blocks, via=interaction.id)
            interaction.original = new
            return
        message = self._message(interaction, content, args)
        interaction.original = interaction.original or message
        self._world.post(message, via=interaction.id)

    def use_trigger(self, trigger_id: str) -> Interaction:
        """Exchange a trigger, once and soon, for the interaction it belongs to."""
        interaction = self._all.get(trigger_id.removeprefix("trigger."))
        if interaction is None:
            raise complaint("invalid_arguments", ["invalid `trigger_id`"])
        if interaction.trigger_used:
            raise Refusal("exchanged_trigger_id")
        if self._world.clock() - interaction.began_at > self._world.limits.trigger_seconds:
            raise Refusal("expired_trigger_id")
        interaction.trigger_used = True
        return interaction

    def _usable(self, interaction_id: str) -> Interaction:
        interaction = self._all.get(interaction_id)
        limits = self._world.limits
        if interaction is None:
            raise Refusal("expired_url", status=404)
        if self._world.clock() - interaction.began_at > limits.response_seconds:
            raise Refusal("expired_url", status=404)
        if interaction.uses >= limits.response_uses:
            raise Refusal("used_url", status=404)
        return interaction

    def _content(self, args: Args) -> Content:
        try:
            return read_content(self._world, args)
        except Refusal as refusal:
            refusal.status = 400
            raise

    def _delete_original(self, interaction: Interaction) -> None:
        interaction.uses += 1
        if interaction.original is not None:
            self._world.delete(interaction.original, via=interaction.id)

    def _message(self, interaction: Interaction, content: Content, args: Args) -> Message:
        to_all = args.text("response_type") == "in_channel"
        return Message(
            channel=interaction.channel,
            ts=self._world.new_ts(),
            user=self._world.bot.id,
            text=content.text,
            blocks=content.blocks,
            thread_ts=args.text("thread_ts"),
            seen_by="" if to_all else interaction.person,
            bot_id=self._world.bot_id,
        )

    def _notice(self, change: Change) -> None:
        for interaction in self._waiting:
            if interaction.answered.done() or not interaction.is_answered_by(change):
                continue
            gone = change.kind == "deleted"
            interaction.settle(Answer(() if gone else (change.message,)))
            return
