"""Composes each post once, and keeps what is asked for again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core import compose
from core.articles import Article
from core.claims import Post
from core.compose import Form
from core.config import Style
from core.messages import Message

_MOST_KEPT = 500


class Composer:
    """Makes the messages of posts from the articles that it learned."""

    def __init__(self, style: Style) -> None:
        self._style: Style = style
        self._articles: dict[int, Article] = {}
        self._messages: dict[tuple[tuple[int, ...], Form], Message] = {}

    def missing(self, ids: Collection[int]) -> set[int]:
        """Return those of these articles that it has yet to learn."""
        return {article for article in ids if article not in self._articles}

    def learn(self, found: Mapping[int, Article]) -> None:
        """Keep these articles."""
        self._articles.update(found)

    def forget_changed(self, edits: Mapping[int, int]) -> None:
        """Forget those articles that were changed, by how often each was until now."""
        kept = {i: article.edits for i, article in self._articles.items()}
        changed = {i for i, times in edits.items() if kept.get(i, times) != times}
        for article in changed:
            del self._articles[article]
        for told in [told for told in self._messages if not changed.isdisjoint(told[0])]:
            del self._messages[told]

    def forget_if_many(self) -> None:
        """Forget everything if it has become much."""
        if len(self._articles) > _MOST_KEPT or len(self._messages) > _MOST_KEPT:
            self._articles.clear()
            self._messages.clear()

    def is_withdrawn(self, ids: tuple[int, ...]) -> bool:
        """Say whether the sources of all these articles withdrew them."""
        return all(self._articles[i].retracted for i in ids)

    def told(self, post: Post, now: datetime) -> tuple[Message, tuple[int, ...], str]:
        """Return the message of a post, those of its deliveries that it only counts, and a title.

        Its articles are learned. The title is for its thread: empty if it needs none.
        """
        articles = [self._articles[i] for i in post.articles]
        if post.people:
            return compose.called(post.people), (), articles[0].title
        form = compose.form(post.style or self._style, post.kept, post.readers, now)
        form = replace(form, mentions=post.mentions)
        asked = (post.articles, form)
        if asked not in self._messages:
            self._messages[asked] = compose.told(articles, form)
        return self._messages[asked], _counted(post, articles, form), ""


def _counted(post: Post, articles: Sequence[Article], form: Form) -> tuple[int, ...]:
    if len(articles) == 1:
        return ()
    named = compose.named(articles, form)
    with_articles = zip(post.deliveries, post.articles, strict=True)
    return tuple(delivery for delivery, article in with_articles if article not in named)
