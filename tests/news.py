"""The real article, and what a reader of its page sees."""

from datetime import UTC, datetime
from pathlib import Path

from core.articles import Article, cleaned, stored_as
from core.config import POPULAR_TAGS
from core.sources import Draft
from core.sources.page import read_text, with_known_tags

ARTICLE = Path(__file__).parent.parent.joinpath(
    "bots", "sandbox", "articles", "meta-pauses-ai-training-program.txt"
)
PAGE = "https://themata.ai/news/meta-pauses-ai-training-program"
NOW = datetime(2026, 6, 22, 18, tzinfo=UTC)

TITLE = "Meta pauses AI training program tracking employee keystrokes after internal leak"
SUMMARY = (
    "Meta has paused an internal AI training program after sensitive employee data, including"
    " private conversations and performance metrics, was leaked across the company. The incident"
    " has been classified as a SEV 2, and Meta is currently investigating the breach."
)
TAKEAWAYS = (
    (
        "Meta has paused its internal AI training program, the Model Capability Initiative (MCI),"
        " after sensitive employee data was exposed across the company."
    ),
    (
        "The data leak included private conversations, performance data, and transcriptions of"
        " employees."
    ),
    (
        "The incident was classified as a SEV 2 on Meta's severity scale, indicating significant"
        " concern but not the highest level of severity."
    ),
    (
        "Employees expressed frustration over the lack of data security measures, stating that the"
        " data should have been better protected from the outset."
    ),
)
CONCERNS = (
    (
        "The internal leak undermines trust in Meta's leadership, raising serious concerns about"
        " their integrity and competence in handling sensitive employee data."
    ),
    (
        "The decision to track employee keystrokes appears misguided, as it has led to significant"
        " privacy concerns and a loss of faith among employees."
    ),
    (
        "Using employees instead of contractors for data quality seems ill-advised, especially"
        " after the leak of sensitive information, highlighting a lack of foresight."
    ),
)
RELATED = (
    "Meta scales back plan to track workers' clicks and keystrokes to train AI",
    "Exclusive: Meta to start capturing employee mouse movements, keystrokes for AI training data",
    "A rogue AI led to a serious security incident at Meta",
    "Meta staff protest surveillance software on work PCs",
    "Meta\u2019s Embrace of A.I. Is Making Its Employees Miserable",
)


def real_article() -> Article:
    """Return the real article as it would be stored."""
    page = read_text(ARTICLE.read_bytes(), PAGE)
    draft, _ = with_known_tags(page, POPULAR_TAGS)
    return article_of(draft)


def article_of(draft: Draft) -> Article:
    """Return `draft` as it would be stored."""
    return stored_as(cleaned(draft), 12, source="test", now=NOW)
