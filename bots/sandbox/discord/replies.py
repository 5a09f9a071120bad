"""How the bot answers an interaction: the callback, and what follows it."""

from collections.abc import Mapping
from dataclasses import replace

from bots.sandbox.discord.bodies import (
    EPHEMERAL,
    LOADING,
    ON_EDIT,
    ON_REPLY,
    Fields,
    read_fields,
)
from bots.sandbox.discord.errors import check, refusal
from bots.sandbox.discord.forms import Form, Json
from bots.sandbox.discord.interactions import (
    AUTOCOMPLETE,
    COMPONENT,
    SUBMIT,
    Interaction,
    InteractionBook,
)
from bots.sandbox.discord.mentions import ONLY_USERS
from bots.sandbox.discord.modals import read_modal
from bots.sandbox.discord.objects import user_object
from bots.sandbox.discord.registrations import check_choice
from bots.sandbox.discord.uploads import Upload
from bots.sandbox.discord.values import Answer, Message
from bots.sandbox.discord.world import World, fields_of, refuse_empty

REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_KINDS = {
    AUTOCOMPLETE: (CHOICES,),
    COMPONENT: (REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    SUBMIT: (REPLY, DEFER, DEFER_UPDATE, UPDATE),  # a form opens no further form
}
_COMMAND_KINDS = (REPLY, DEFER, MODAL)
_CHAT_INPUT_MESSAGE, _MENU_MESSAGE = 20, 23
_MOST_CHOICES = (0, 25)
_ORIGINAL = "@original"


class Replies:
    """Takes the bot's answers, and shows them to the person who asked."""

    def __init__(self, world: World, book: InteractionBook, application_id: str) -> None:
        self._world = world
        self._book = book
        self._application_id = application_id

    def callback(self, interaction_id: str, token: str, body: Json) -> Json:
        """Take the first answer; returns what is sent back when the bot asks for it."""
        interaction = self._book.to_acknowledge(interaction_id, token)
        form = Form()
        kind = form.choice(body, "type", (), _KINDS.get(interaction.kind, _COMMAND_KINDS))
        check(form)
        data = form.record(body.get("data") or {}, ("data",)) or {}
        check(form)
        shown = self._first(interaction, kind or 0, data)
        interaction.acknowledge()
        return _callback_response(interaction, kind or 0, shown)

    def follow_up(
        self, application_id: str, token: str, body: Json, files: Mapping[int, Upload]
    ) -> Message:
        """Take a further message; the first one after a deferral fills the waiting one."""
        interaction = self._find(application_id, token)
        waiting = self._book.loading(interaction)
        if waiting is not None:
            return self._edit(interaction, waiting, body, files)
        form = Form()
        new = self._world.keep(files)
        fields = read_fields(form, body, Fields(), ON_REPLY, new=new)
        check(form)
        refuse_empty(fields)
        return self._post(interaction, fields)

    def message(self, application_id: str, token: str, message_id: str) -> Message:
        """Return the first answer (`@original`) or a further one; 10008 if it is gone."""
        return self._answered(self._find(application_id, token), message_id)

    def edit(self, ids: tuple[str, ...], body: Json, files: Mapping[int, Upload]) -> Message:
        """Change the first answer or a further one, of this application, token and message."""
        application_id, token, message_id = ids
        interaction = self._find(application_id, token)
        return self._edit(interaction, self._answered(interaction, message_id), body, files)

    def delete(self, application_id: str, token: str, message_id: str) -> None:
        """Take the first answer or a further one away."""
        interaction = self._find(application_id, token)
        self._world.delete(self._answered(interaction, message_id))
        interaction.finish(Answer("reply", None, interaction.is_deferred))

    def _find(self, application_id: str, token: str) -> Interaction:
        if application_id != self._application_id:
            raise refusal(10015)
        return self._book.by_token(token)

    def _answered(self, interaction: Interaction, message_id: str) -> Message:
        wanted = interaction.original if message_id == _ORIGINAL else message_id
        found = self._world.find(interaction.channel.id, wanted)
        if found is None or found.author_id != self._world.bot.id:
            raise refusal(10008)
        return found

    def _first(self, interaction: Interaction, kind: int, data: Json) -> Message | None:
        """Carry out the first answer; returns the message that it made or changed."""
        if kind == REPLY:
            return self._reply(interaction, data)
        if kind == DEFER:
            return self._defer(interaction, data)
        if kind in {DEFER_UPDATE, UPDATE}:
            return self._update(interaction, data, changes=kind == UPDATE)
        if kind == CHOICES:
            interaction.choices = _read_choices(data)
            interaction.finish(Answer("reply", None))
        if kind == MODAL:
            interaction.finish(Answer("modal", interaction.message, modal=read_modal(data)))
        return None

    def _reply(self, interaction: Interaction, data: Json) -> Message:
        form = Form()
        fields = read_fields(form, data, Fields(), ON_REPLY, ("data",))
        check(form)
        refuse_empty(fields)
        message = self._post(interaction, fields)
        interaction.original = message.id
        interaction.finish(Answer("reply", message))
        return message

    def _defer(self, interaction: Interaction, data: Json) -> Message:
        # Of all flags only this one is kept, and it cannot be changed later.
        flags = int(data.get("flags") or 0) & EPHEMERAL
        message = self._post(interaction, Fields(flags=flags | LOADING))
        interaction.original = message.id
        interaction.is_deferred = True
        return message

    def _update(self, interaction: Interaction, data: Json, *, changes: bool) -> Message | None:
        clicked = interaction.message
        if clicked is None:
            raise refusal(10008)
        interaction.original = clicked.id
        if changes:
            clicked = self._changed(clicked, data, ("data",))
        interaction.finish(Answer("update", clicked, is_deferred=not changes))
        return clicked

    def _edit(
        self, interaction: Interaction, message: Message, body: Json, files: Mapping[int, Upload]
    ) -> Message:
        edited = self._changed(message, body, (), files)
        if message.id == interaction.original:
            interaction.finish(Answer("reply", edited, interaction.is_deferred))
        return edited

    def _changed(
        self,
        message: Message,
        body: Json,
        path: tuple[str, ...],
        files: Mapping[int, Upload] | None = None,
    ) -> Message:
        form = Form()
        before, new = fields_of(message), self._world.keep(files or {})
        fields = read_fields(form, body, before, ON_EDIT | LOADING, path, new)
        check(form)
        refuse_empty(fields)
        shown = replace(fields, flags=fields.flags & ~LOADING)
        return self._world.edit(message, shown, ONLY_USERS)

    def _post(self, interaction: Interaction, fields: Fields) -> Message:
        private = fields.flags & EPHEMERAL
        return self._world.post(
            interaction.channel,
            self._world.bot,
            fields,
            ONLY_USERS,
            seen_by=interaction.user.id if private else "",
            type=_message_type(interaction),
            application_id=self._application_id,
            webhook_id=self._application_id,
            interaction_metadata=_metadata(interaction),
        )


def _message_type(interaction: Interaction) -> int:
    if interaction.message is not None:
        return 0
    return _MENU_MESSAGE if "target_id" in interaction.data else _CHAT_INPUT_MESSAGE


def _metadata(interaction: Interaction) -> Json:
    owner = interaction.channel.guild_id or "0"
    metadata: Json = {
        "id": interaction.id,
        "type": interaction.kind,
        "user": user_object(interaction.user),
        "authorizing_integration_owners": {"0": owner},
    }
    if interaction.message is not None:
        metadata["interacted_message_id"] = interaction.message.id
    if "target_id" in interaction.data:
        metadata["target_message_id"] = interaction.data["target_id"]
    return metadata


def _callback_response(interaction: Interaction, kind: int, shown: Message | None) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.kind}
    if shown is not None:
        about["response_message_id"] = shown.id
        about["response_message_loading"] = kind == DEFER
        about["response_message_ephemeral"] = shown.ephemeral
    response: Json = {"interaction": about}
    if shown is not None and kind != DEFER_UPDATE:
        response["resource"] = {"type": kind, "message": shown.data}
    elif kind in {CHOICES, MODAL}:
        response["resource"] = {"type": kind}
    return response


def _read_choices(data: Json) -> list[Json]:
    form = Form()
    path = ("data", "choices")
    choices: list[Json] = form.items(data.get("choices") or [], path, _MOST_CHOICES)
    for i, choice in enumerate(choices):
        check_choice(form, choice, (*path, i))
    check(form)
    return choices
