"""What the bot is told of a message: by the intents that it has, not all that it says."""

from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.objects import member_object
from bots.sandbox.discord.world import World


def heard(message: Json, world: World) -> Json:
    """Return a message as the bot is told of it, with the member who wrote it.

    Without the intent for contents, which the stand-in gives to nobody, it hears what is said
    only in its own messages and in those that mention it.
    """
    bot_id = world.bot.id
    told = _without_content(message, bot_id)
    if replied_to := told.get("referenced_message"):
        told = {**told, "referenced_message": _without_content(replied_to, bot_id)}
    author = world.users.get(message["author"]["id"])
    if author is None or author.id == bot_id:
        return told
    member = member_object(author)
    del member["user"]
    return {**told, "member": member}


def _without_content(message: Json, bot_id: str) -> Json:
    concerned = [message["author"], *message["mentions"]]
    if any(user["id"] == bot_id for user in concerned):
        return message
    return {**message, "content": "", "embeds": [], "components": [], "attachments": []}
