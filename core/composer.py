"""Composes each post once, and keeps what is asked for again."""

from collections.abc import Collection, Mapping
from typing import Literal

from core import compose
from core.articles import Article
from core.compose import Digest
from core.config import Style
from core.messages import Message

_MOST_KEPT = 500

_Asked = tuple[tuple[int, ...], str, Digest | None, tuple[str, ...]]
"""The articles of a post, its style, its digest, and whom it mentions."""


class Composer:
    """Makes the messages of posts from the articles that it learned."""

    def __init__(self, style: Style) -> None:
        self._style: Style = style
        self._articles: dict[int, Article] = {}
        self._messages: dict[_Asked, Message] = {}

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

    def message(
        self,
        ids: tuple[int, ...],
        style: Style | Literal[""] = "",
        digest: Digest | None = None,
        mentions: tuple[str, ...] = (),
    ) -> Message:
        """Return the post of these articles, all of them learned: a digest, or in this style."""
        asked = (ids, style, digest, mentions)
        if asked not in self._messages:
            told = [self._articles[i] for i in ids]
            post = compose.digest(told, digest) if digest else None
            post = post or compose.post(told, style or self._style)
            self._messages[asked] = compose.mentioning(mentions, post, pings=True)
        return self._messages[asked]

    def title(self, article: int) -> str:
        """Return the title of an article, which was learned."""
        return self._articles[article].title

    def named(self, ids: tuple[int, ...], *, in_digest: bool) -> frozenset[int]:
        """Return those that the post of these articles names; it only counts the others."""
        articles = [self._articles[i] for i in ids]
        told = compose.shown_in_digest(articles) if in_digest else compose.shown_in(articles)
        return frozenset(article.id for article in told)
