"""docs/permissions.md, written from the table of rights."""

from collections.abc import Iterator

from bots.discord import callers as on_discord
from bots.slack import callers as on_slack
from core.commands import ACTIONS, parse, reading
from core.rights import TABLE, Action, Scope, Standing

_MEANINGS = {
    Standing.STRANGER: "Somebody of another workspace, a bot, somebody deactivated, or somebody of"
    " whom the platform does not say who they are",
    Standing.GUEST: "Somebody who was let in for some channels only",
    Standing.MEMBER: "Everyone else of the workspace; a mod of another channel, too",
    Standing.CHOSEN: "A member whom `channel managers` of this channel lets in",
    Standing.MOD: "A mod of this channel, by the platform's own rights",
    Standing.ADMIN: "Who runs the whole workspace, by the platform's own rights",
    Standing.OPERATOR: "Who runs the bot, at its command line",
}
_ON_DISCORD = {
    Standing.STRANGER: "a bot",
    Standing.GUEST: "a guest by an invitation to a voice channel",
    Standing.MEMBER: "a member of the server",
    Standing.CHOSEN: "everyone, or who has the role",
    Standing.MOD: f"has {on_discord.RIGHT} there",
    Standing.ADMIN: f"has {on_discord.RIGHT_OF_ADMINS}, or Administrator",
    Standing.OPERATOR: "",
}
_ON_SLACK = {
    Standing.STRANGER: "`team_id` of another workspace, `is_stranger`, `is_bot`, `deleted`",
    Standing.GUEST: "`is_restricted`, `is_ultra_restricted`",
    Standing.MEMBER: "a member of the workspace",
    Standing.CHOSEN: "everyone, or who is in the user group (`usergroups.users.list`)",
    Standing.MOD: f"has {on_slack._RIGHT}",
    Standing.ADMIN: f"has {on_slack._RIGHT_OF_ADMINS}",
    Standing.OPERATOR: "",
}
_DONE = {
    Action.READ: "find and read stories, and have tags suggested while typing",
    Action.SEE_CHANNEL: "ask why a story was posted, or was not, by what is followed there",
    Action.FOLLOW: "follow tags for oneself, and see and change that",
    Action.SHARE: "show stories to everyone in a channel where one may write",
    Action.CONFIGURE: "see and change what a channel follows, and how",
    Action.CHOOSE_MANAGERS: "let others set up a channel",
    Action.SEE_WORKSPACE: "hear which channels are closed, and see how all are",
    Action.LOG_CHANNEL: "choose where mods are told of channels and changes",
    Action.EXPORT: "take settings out",
    Action.IMPORT: "put settings in",
    Action.DELETE_OWN: "see and delete what is stored about oneself",
    Action.DELETE_WORKSPACE: "delete what is stored about a workspace",
}
_OF = {
    Scope.OWN: "",
    Scope.CHANNEL: " (a channel)",
    Scope.WORKSPACE: " (the workspace)",
}


def permissions() -> str:
    """Return the text of docs/permissions.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield "Written from `core/rights.py` by `make docs`; a test fails when it is stale."
    yield ""
    yield "This is asked at every command, every press of a button and every form that is sent,"
    yield "by what the platform says at that moment, not by what was so when a button was drawn."
    yield "What is not in the table nobody may do."
    yield ""
    yield f"| To do | {' | '.join(Standing)} | By typing |"
    yield f"|---|{'---|' * len(Standing)}---|"
    yield from map(_row, TABLE)
    yield ""
    yield "## Who is what"
    yield ""
    yield "| | Is | On Discord | On Slack |"
    yield "|---|---|---|---|"
    yield from (
        f"| {it} | {_MEANINGS[it]} | {_ON_DISCORD[it]} | {_ON_SLACK[it]} |" for it in Standing
    )
    yield ""
    yield from _REST


def _row(of: tuple[Action, Scope]) -> str:
    action, scope = of
    may = ("yes" if it in TABLE[of] else "" for it in Standing)
    typed = ", ".join(f"`{words}`" for words in _words(of))
    return f"| **{action}**: {_DONE[action]}{_OF[scope]} | {' | '.join(may)} | {typed} |"


def _words(of: tuple[Action, Scope]) -> list[str]:
    typed = [*reading._COMMANDS, *(f"channel {it}".strip() for it in reading._CHANNEL_COMMANDS)]
    return [words for words in typed if words and ACTIONS[type(parse(words))] == of]


_REST = (
    "## Rules that hold beside it",
    "",
    "- What is somebody's own is theirs alone, whoever else asks.",
    "- Rights in one channel are none in another, and rights in one workspace none in another.",
    "- `channel managers mods`, `anyone` or a role or user group says who may set up a channel",
    "  beside its mods. Guests never can. Only mods choose it, never those whom it lets in.",
    "- What the platform does not say is a no: an unknown right, a question that failed, a user",
    "  group that cannot be read.",
    "- To share, one also needs to be allowed to write in the channel, and so does the bot.",
    "- What a button keeps is sealed for the channel where it stands. One that was copied, changed",
    "  or made by somebody else does nothing, and says what to type instead.",
    "- Tags that are suggested are those that all workspaces have. Names of channels never are.",
)
