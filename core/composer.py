"""Composes each post once, and keeps what is asked for again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core import compose, outbox
from core.articles import Article, told_with
from core.claims import Post
from core.compose import Form
from core.config import Style
from core.messages import Message
from core.related import RelatedStory

NOTHING_RELATED = "nothing is related to it"
"""The reason why no related stories stand below a post."""

_MOST_KEPT = 500
_Asked = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], Form]
"""The articles of a message, what else tells the story of each, and its form."""
_Composed = tuple[Message, Collection[int]]
"""A message, and the articles that it does not only count."""


class Composer:
    """Makes the messages of posts from the articles that it learned."""

    def __init__(self, style: Style) -> None:
        self._style: Style = style
        self._articles: dict[int, Article] = {}
        self._related: dict[int, tuple[RelatedStory, ...]] = {}
        self._messages: dict[_Asked, _Composed] = {}

    def missing(self, ids: Collection[int]) -> set[int]:
        """Return those of these articles that it has yet to learn."""
        return {article for article in ids if article not in self._articles}

    def learn(self, found: Mapping[int, Article]) -> None:
        """Keep these articles."""
        self._articles.update(found)

    def without_related(self, posts: Collection[Post]) -> list[Article]:
        """Return the articles of which posts tell what is related, and that is yet to learn."""
        wanted = {post.articles[0] for post in posts if post.is_related}
        return [self._articles[it] for it in sorted(wanted) if it not in self._related]

    def learn_related(self, article: Article, stories: Sequence[RelatedStory]) -> None:
        """Keep what is related to an article."""
        self._related[article.id] = tuple(stories)

    def forget_changed(self, edits: Mapping[int, int]) -> None:
        """Forget those articles that were changed, by how often each was until now."""
        kept = {i: article.edits for i, article in self._articles.items()}
        changed = {i for i, times in edits.items() if kept.get(i, times) != times}
        for article in changed:
            del self._articles[article]
        for asked in [it for it in self._messages if not changed.isdisjoint(_ids(it))]:
            del self._messages[asked]

    def forget_if_many(self) -> None:
        """Forget everything if it has become much."""
        if len(self._articles) > _MOST_KEPT or len(self._messages) > _MOST_KEPT:
            self._articles.clear()
            self._related.clear()
            self._messages.clear()

    def is_withdrawn(self, ids: tuple[int, ...]) -> bool:
        """Say whether the sources of all these articles withdrew them."""
        return all(self._articles[i].retracted for i in ids)

    def has_nothing_to_say(self, post: Post) -> str:
        """Return why a post has nothing to say, or nothing if it has."""
        if post.tried_at is None and self.is_withdrawn(post.articles):
            return outbox.WITHDRAWN
        if post.is_related and not self._related[post.articles[0]]:
            return NOTHING_RELATED
        return ""

    def told(self, post: Post, now: datetime) -> tuple[Message, tuple[int, ...], str]:
        """Return the message of a post, those of its deliveries that it only counts, and a title.

        Its articles are learned. The title is for its thread: empty if it needs none.
        """
        if post.is_reply:
            return self._reply(post)
        form = compose.form(post.style or self._style, post.kept, post.readers, now, post.mentions)
        message, named = self._composed((post.articles, post.also, form))
        by_article = zip(post.deliveries, post.articles, strict=True)
        return message, tuple([it for it, article in by_article if article not in named]), ""

    def _composed(self, asked: _Asked) -> _Composed:
        if asked not in self._messages:
            ids, also, form = asked
            articles = told_with(ids, also, self._articles)
            self._messages[asked] = compose.told(articles, form), _named(articles, form)
        return self._messages[asked]

    def _reply(self, post: Post) -> tuple[Message, tuple[int, ...], str]:
        article = self._articles[post.articles[0]]
        if post.is_related:
            return compose.related_below(self._related[article.id]), (), article.title
        if post.told_first is None:
            return compose.called(post.people), (), article.title
        return compose.also(article), (), self._articles[post.told_first].title


def _ids(asked: _Asked) -> set[int]:
    articles, also, _ = asked
    return {*articles, *(article for some in also for article in some)}


def _named(articles: Sequence[Article], form: Form) -> Collection[int]:
    """Return the ids of those that the message of these articles does not only count."""
    if len(articles) == 1:
        return (articles[0].id,)
    return compose.named(articles, form)
