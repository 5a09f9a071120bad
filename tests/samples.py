"""Sample articles: a day of news, and titles that are hard to show."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice

from core.articles import Article
from core.sources import Draft, NamedStory
from tests.news import NOW, PAGE, article_of, real_article

REAL = real_article()
BARE = article_of(Draft("Gemma 4 runs on phones", "https://themata.ai/news/gemma-4"))
PICTURED = replace(REAL, image_url="https://themata.ai/pictures/keystrokes.png")

_DAY = (
    (
        "An open model of 8 billion weights reads a million words at once",
        "llms open-weights",
        87,
    ),
    ("Court rules that a training set is no copy", "copyright", 74),
    ("Chip maker doubles what its factory in Dresden makes", "chips", 66),
    ("What a thousand developers say about agents that write code", "agents llms", 58),
    ("Researchers find the neurons that count", "llms interpretability", 55),
    ("Small models beat large ones at sorting mail", "llms open-weights", 52),
    ("A city lets an assistant answer its letters, and reads them all again", "agents", 41),
    ("Voice cloning needs three seconds now", "audio", 33),
    ("Benchmark of the week: long division", "llms", 12),
    ("A newsletter without tags, heat or site", "", None),
    ("Data centre heats a swimming pool", "chips energy", 9),
    ("Translation of whales: still no verbs", "audio", 4),
)


def day(many: int = len(_DAY)) -> list[Article]:
    """Return this many articles of one day, each with a number of its own."""
    return [_told(n, *told) for n, told in enumerate(islice(cycle(_DAY), many), 1)]


def _told(number: int, told: str, tags: str, heat: int | None) -> Article:
    again = (number - 1) // len(_DAY)
    title = f"{told}, part {again + 1}" if again else told
    slug = "-".join(title.lower().replace(",", "").replace(":", "").split())
    draft = Draft(
        title,
        f"https://themata.ai/news/{slug}",
        summary=f"{title}. What that means is told on the page.",
        heat=heat,
        tags=tuple(tags.split()),
        source_domain="example.org" if tags else "",
        published_at=NOW - timedelta(minutes=number) if tags else None,
    )
    return replace(article_of(draft), id=number)


_COMPOUND = "Rechenzentrumsabwärmenutzungsgenehmigungsverfahrensbeschleunigungsverordnungsentwurfs"
_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
_CODER = "\U0001f9d1\U0001f3fd\u200d\U0001f4bb"

HARD_TITLES = {
    "one German word": f"{_COMPOUND}begründungsanhangsfassung",
    "a German word after a short one": f"Neuer {_COMPOUND}begründungsanhang",
    "Japanese": "大規模言語モデルの推論費用が一年で十分の一になったと研究者らが発表した。" * 3,
    "Japanese after a space": "速報 "
    + "国産の基盤モデルが公開され、誰でも自由に使えるようになった。" * 3,
    "Hebrew with numbers": "מודל שפה חדש של OpenAI קורא 8 מיליארד מילים ב-2026 (גרסה 4.5)",
    "Arabic": "نموذج لغوي جديد يقرأ ١٢ مليون كلمة في الثانية، و GPT-5 خلفه",
    "Latin before Hebrew": "OpenAI: מודל שפה חדש, 51/100",
    "marks": "e\u0301a\u0323\u0302q\u0323\u0307" * 20,
    "Devanagari": "नया भाषा मॉडल किताबें पढ़ता है और प्रश्नों के उत्तर देता है",
    "Persian": "مدل\u200cهای زبانی می\u200cخواهند کتاب\u200cها را بخوانند",  # noqa: RUF001 (Persian)
    "Sinhala": "ශ්\u200dරී ලංකාවේ නව භාෂා ආකෘතිය පොත් කියවයි",
    "families": _FAMILY * 10,
    "emoji": f"{_CODER} 1\ufe0f\u20e3 \U0001f1e9\U0001f1ea \U0001f3f3\ufe0f\u200d\U0001f308 " * 6,
    "markup": "_*`[]()~|<@1> & #1. " * 6,
}

LETTERS = {
    "German": "ß",
    "Japanese": "語",
    "marks": "q\u0323\u0307",
    "Devanagari": "कि",
    "Hebrew with points": "שׁ",
    "conjunct": "क्ष",
    "Sinhala": "ශ්\u200dර",
    "Thai": "น้ำ",
    "half width": "ｶﾞ",
    "family": _FAMILY,
    "skin": _CODER,
    "keycap": "1\ufe0f\u20e3",
    "flag": "\U0001f1e9\U0001f1ea",
    "rainbow": "\U0001f3f3\ufe0f\u200d\U0001f308",
}
"""What a reader sees as one character each."""


def titled(title: str, number: int = 1) -> Article:
    """Return an article with this title, and all else that an article can have."""
    told = Draft(
        title,
        f"https://themata.ai/news/{number}",
        summary=f"{title} {title}",
        takeaways=(title, title),
        sentiment="mixed",
        concerns=(title,),
        heat=51,
        tags=("llms", "chips"),
        reading_minutes=5,
        source_domain="example.org",
        published_at=NOW,
        related=(NamedStory(title, "", "https://example.org/other", NOW),),
    )
    return replace(article_of(told), id=number)


def longest(number: int = 1) -> Article:
    """Return an article that tells as much as one can."""
    words = "The model reads a million words at once, and writes what nobody asked for: "
    told = Draft(
        f"{number} {words * 5}",
        f"https://themata.ai/news/{number}-{'very-' * 30}long",
        summary=words * 30,
        takeaways=(words * 8,) * 8,
        sentiment="mixed",
        positives=(words * 8,) * 8,
        concerns=(words * 8,) * 8,
        heat=90,
        tags=tuple(f"retrieval-augmented-generation-{n}" for n in range(20)),
        reading_minutes=9,
        source_domain="a-rather-long-domain.example.org",
        published_at=NOW,
        related=tuple(NamedStory(f"{n} {words * 5}", "", PAGE, NOW) for n in range(8)),
    )
    return replace(article_of(told), id=number)
