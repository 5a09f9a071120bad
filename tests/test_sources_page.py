"""An article's page, as text and in whatever markup."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sources import Draft, NamedStory, SourceError
from core.sources.page import Page, read_front, read_html, read_text, with_known_tags

ARTICLES = Path(__file__).parent / "data" / "articles"
TEXT = ARTICLES / "meta-pauses-ai-training-program.txt"
ADDRESS = "https://themata.ai/news/meta-pauses-ai-training-program"
TAGS = ("meta", "ai-training", "data-privacy", "employee-monitoring")
MENUS = """\
Themata.AI

Popular tags:

#developer-tools#llms

© 2026 Themata.AI • All Rights Reserved

Contact
"""


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def real() -> Page:
    return read_text(TEXT.read_bytes(), ADDRESS)


def text(body: str) -> Draft:
    return read_text(body.encode(), ADDRESS).draft


def html(body: str, head: str = "") -> Draft:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return read_html(page.encode(), ADDRESS).draft


def test_the_real_article_is_read_above_its_summary(real: Page) -> None:
    draft = real.draft

    assert draft.title == (
        "Meta pauses AI training program tracking employee keystrokes after internal leak"
    )
    assert draft.dek == (
        "Meta pauses an AI training program that tracks employees' keystrokes"
        " after an internal leak"
    )
    assert draft.url == ADDRESS
    assert draft.source_domain == "businessinsider.com"
    assert draft.published_at == noon(6, 22)
    assert draft.reading_minutes == 2
    assert draft.heat == 51
    assert draft.original_url == ""
    assert draft.image_url == ""


def test_the_real_articles_parts_are_read(real: Page) -> None:
    draft = real.draft

    assert draft.summary == (
        "Meta has paused an internal AI training program after sensitive employee data, including"
        " private conversations and performance metrics, was leaked across the company. The"
        " incident has been classified as a SEV 2, and Meta is currently investigating the breach."
    )
    assert [takeaway[:30] for takeaway in draft.takeaways] == [
        "Meta has paused its internal A",
        "The data leak included private",
        "The incident was classified as",
        "Employees expressed frustratio",
    ]
    assert draft.takeaways[3].endswith("should have been better protected from the outset.")
    assert draft.sentiment == "negative"
    assert draft.positives == ()
    assert [concern[:30] for concern in draft.concerns] == [
        "The internal leak undermines t",
        "The decision to track employee",
        "Using employees instead of con",
    ]
    assert draft.concerns[2].endswith("highlighting a lack of foresight.")


def test_the_real_articles_related_stories_are_read(real: Page) -> None:
    assert real.draft.related == (
        NamedStory(
            "Meta scales back plan to track workers' clicks and keystrokes to train AI",
            "Meta workers can opt out of being tracked at work up to 30 min",
            published_at=noon(6, 3),
        ),
        NamedStory(
            "Exclusive: Meta to start capturing employee mouse movements, keystrokes for AI"
            " training data",
            "Meta to start capturing employee mouse movements, keystrokes for AI training",
            published_at=noon(4, 21),
        ),
        NamedStory(
            "A rogue AI led to a serious security incident at Meta",
            "A rogue AI led to a serious security incident at Meta",
            published_at=noon(3, 19),
        ),
        NamedStory(
            "Meta staff protest surveillance software on work PCs",
            "Irony as Meta staff unhappy about running surveillance software on work PCs",
            published_at=noon(4, 22),
        ),
        NamedStory(
            "Meta\u2019s Embrace of A.I. Is Making Its Employees Miserable",
            "Meta's embrace of A.I. is making its employees miserable",
            published_at=noon(5, 9),
        ),
    )


def test_the_real_articles_tags_are_taken_apart_with_the_known_ones(real: Page) -> None:
    draft, left_over = with_known_tags(real, {*TAGS, "llms", "openai"})

    assert draft.tags == TAGS
    assert left_over == ()


def test_tags_that_are_not_known_are_named(real: Page) -> None:
    draft, left_over = with_known_tags(real, set(TAGS) - {"data-privacy"})

    assert draft.tags == ("meta", "ai-training", "employee-monitoring")
    assert left_over == (f"{ADDRESS} has tags that are not known and were left out: data-privacy",)


@pytest.mark.parametrize("name", ["semantic", "soup", "table"])
def test_the_same_article_in_any_markup_is_the_same(real: Page, name: str) -> None:
    body = (ARTICLES / "markup" / f"{name}.html").read_bytes()

    draft = read_html(body, "https://themata.ai/news/elsewhere").draft

    related = tuple(replace(story, url="") for story in draft.related)
    assert replace(draft, related=related) == replace(
        real.draft,
        tags=TAGS,
        original_url="https://www.businessinsider.com/"
        "meta-pauses-ai-training-program-employee-keystrokes-leak-2026-6",
        image_url="https://themata.ai/images/meta-pauses-ai-training-program.jpg",
    )
    assert [story.url for story in draft.related][2] == (
        "https://themata.ai/news/a-rogue-ai-led-to-a-serious-security-incident-at-meta"
    )


def test_an_article_may_have_a_title_and_a_summary_only() -> None:
    assert text(f"{MENUS}\nA model was released\n\nSummary\n\nIt is small.\n") == Draft(
        "A model was released", ADDRESS, summary="It is small."
    )


@pytest.mark.parametrize("menus", [MENUS, ""])
@pytest.mark.parametrize("tags", ["llmsclaude", "discussion", ""])
@pytest.mark.parametrize("dek", ["What it can do", ""])
@pytest.mark.parametrize("facts", ["example.org\n\nMay 9, 2026\n\n1 min read\n\n🔥\n\n7/100", ""])
def test_any_part_of_the_opening_may_be_missing(
    menus: str, tags: str, dek: str, facts: str
) -> None:
    opening = "\n\n".join(filter(None, [menus, tags, "A model was released", dek, facts]))

    page = read_text(f"{opening}\n\nKey Takeaways\n\n  • It is small.".encode(), ADDRESS)

    assert page.draft.title == "A model was released"
    assert page.draft.dek == dek
    assert page.glued == tags
    assert page.draft.source_domain == ("example.org" if facts else "")
    assert page.draft.heat == (7 if facts else None)
    assert page.draft.published_at == (noon(5, 9) if facts else None)
    assert page.draft.takeaways == ("It is small.",)


def test_the_sites_footer_may_stand_at_the_end() -> None:
    draft = text(
        "A model was released\n\nSummary\n\nIt is small.\n\nRelated Articles\n\n"
        "Another model\n\nMay 9, 2026\n\n© 2026 Themata.AI • All Rights Reserved\n\nPrivacy\n|\n"
        "AI is changing the world. Don't stay behind.\n"
    )

    assert draft.related == (NamedStory("Another model", published_at=noon(5, 9)),)


def test_positives_are_read_beside_concerns() -> None:
    draft = text(
        "A model\n\nCommunity Sentiment\n\nMixed\n\nPositives\n\n  • Small\n  • Fast\n\n"
        "Concerns\n\n  • A long one that\n    goes on\n  • Weak\n"
    )

    assert draft.sentiment == "mixed"
    assert draft.positives == ("Small", "Fast")
    assert draft.concerns == ("A long one that goes on", "Weak")


@pytest.mark.parametrize("body", ["", "\n\n", "Just some words.", MENUS, "Summary\n\nNo title."])
def test_text_that_is_no_article_is_an_error_with_its_address(body: str) -> None:
    with pytest.raises(SourceError, match=ADDRESS):
        text(body)


@pytest.mark.parametrize(
    "body",
    ["", "<p>Just a moment</p>", "<h1>404</h1><p>Not found</p>", "<h2>Summary</h2><p>No title</p>"],
)
def test_html_that_is_no_article_is_an_error_with_its_address(body: str) -> None:
    with pytest.raises(SourceError, match=ADDRESS):
        html(body)


def test_a_table_of_contents_is_no_part() -> None:
    draft = html(
        "<h1>A model</h1><ul><li>Summary</li><li>Concerns</li></ul>"
        "<h2>Summary</h2><p>It is small.</p><h2>Concerns</h2><p>Weak.</p>"
    )

    assert draft.summary == "It is small."
    assert draft.concerns == ("Weak.",)


def test_words_of_a_sentence_are_no_heading() -> None:
    draft = html("<h1>A model</h1><b>Summary</b><p>It has <b>concerns</b> in it.</p>")

    assert draft.summary == "It has concerns in it."
    assert draft.concerns == ()


def test_what_stands_under_another_heading_belongs_to_no_part() -> None:
    draft = html(
        "<h1>A model</h1><h2>Concerns</h2><ul><li>Weak<li>Slow</ul><p>Share this</p>"
        "<h2>Newsletter</h2><ul><li>Daily</ul>"
    )

    assert draft.concerns == ("Weak", "Slow")


def test_popular_tags_do_not_leak_into_an_article_without_tags() -> None:
    popular = "".join(f'<a href="/?tag={tag}">#{tag}</a> ' for tag in ("llms", "claude"))
    parted = popular.replace("</a>", "</a><br>")

    for box in (
        f"<div>Popular tags: {popular}</div>",
        f"<p>Popular tags</p><p>{popular}</p>",
        f"Popular tags:<br>{parted}",
    ):
        draft = html(f"{box}<h1>A model</h1><h2>Summary</h2><p>It is small.</p>")
        assert draft.tags == ()
        assert draft.dek == ""


def test_tags_are_read_from_their_links() -> None:
    draft = html(
        '<h1>A model</h1><a href="/?tag=AI%20Agents">agents</a> <a href="/tag/llms">#llms</a>'
        "<h2>Summary</h2><p>It is small.</p>"
    )

    assert draft.tags == ("ai-agents", "llms")


def test_a_full_time_stays_that_time() -> None:
    when = '<meta property="article:published_time" content="2026-06-22T23:30:00-05:00">'

    draft = html("<h1>A model</h1><h2>Summary</h2><p>It is small.</p>", when)

    assert draft.published_at == datetime(2026, 6, 23, 4, 30, tzinfo=UTC)


def test_a_page_that_says_of_itself_what_it_is_needs_no_headings() -> None:
    draft = html(
        "<p>Words</p>",
        '<script type="application/ld+json">[{"@type": "NewsArticle", "headline": "A model",'
        ' "description": "It is small", "keywords": ["LLMs"], "url": "/news/a-model"}]</script>',
    )

    assert draft == Draft(
        "A model", "https://themata.ai/news/a-model", dek="It is small", tags=("llms",)
    )


@pytest.mark.parametrize("data", ["{", "null", "7", '"x"', "[[]]", '{"@graph": 7}', "[" * 9000])
def test_broken_data_for_machines_is_passed_over(data: str) -> None:
    script = f'<script type="application/ld+json">{data}</script>'

    assert html("<h1>A model</h1><h2>Summary</h2><p>Small.</p>", script).summary == "Small."


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "slack://x", "https://a b/", "http://[x"]
)
def test_an_address_that_is_not_of_the_web_is_dropped(href: str) -> None:
    draft = html(
        f'<h1>A model</h1><h2>Summary</h2><p>It is small.</p><a href="{href}">Read original'
        f' article</a><h2>Related Articles</h2><a href="{href}">Another</a>',
        f'<link rel="canonical" href="{href}"><meta property="og:image" content="{href}">',
    )

    assert (draft.url, draft.original_url, draft.image_url) == (ADDRESS, "", "")
    assert draft.related == (NamedStory("Another"),)


def test_a_users_name_in_an_address_is_dropped() -> None:
    draft = html(
        "<h1>A model</h1><h2>Summary</h2><p>It is small.</p>"
        '<a href="https://openai.com@evil.example/x">Read original article</a>'
    )

    assert draft.original_url == "https://evil.example/x"
    assert draft.source_domain == "evil.example"


def test_hidden_letters_and_scripts_do_not_come_through() -> None:
    draft = html(
        "<h1>A\u202e mo\u200bdel</h1><h2>Summary</h2>"
        "<p>It is<script>evil()</script> <span hidden>not</span> small.</p>"
    )

    assert draft.title == "A model"
    assert draft.summary == "It is small."


def test_an_endless_article_is_cut() -> None:
    many = "".join(f"<li>{'word ' * 1000}</li>" for _ in range(100))

    draft = html(f"<h1>{'A model ' * 100}</h1><h2>Key Takeaways</h2><ul>{many}</ul>")

    assert len(draft.title) <= 300
    assert len(draft.takeaways) == 20
    assert max(map(len, draft.takeaways)) <= 1000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_page_may_be_in_another_encoding(encoding: str) -> None:
    body = "Café models\n\nSummary\n\nIt\u2019s small.".encode(encoding)

    draft = read_text(body, ADDRESS).draft

    assert (draft.title, draft.summary) == ("Café models", "It\u2019s small.")


def test_the_front_page_names_each_article_once() -> None:
    front = """
        <a href="/news/one?from=top#x">One</a> <a href="https://www.themata.ai/news/two/">Two</a>
        <a href="/news/one"><img></a> <a href="https://other.example/news/three">Three</a>
        <a href="/news/">All</a> <a href="/news/2026/four">Four</a> <a href="/?tag=llms">#llms</a>
        <a href="javascript:x">x</a> <a>none</a> <a href="http://[x">bad</a>
    """

    assert read_front(front.encode(), "https://themata.ai/?tag=llms") == (
        "https://themata.ai/news/one",
        "https://www.themata.ai/news/two",
    )


def test_only_fifty_articles_are_looked_at() -> None:
    front = "".join(f'<a href="/news/{number}">x</a>' for number in range(60))

    assert len(read_front(front.encode(), "https://themata.ai/")) == 50


def test_a_front_page_without_articles_is_an_error() -> None:
    with pytest.raises(SourceError, match="links to no article"):
        read_front(b"<p>Back soon</p>", "https://themata.ai/")


pieces = st.sampled_from(
    [
        *("Summary\n", "Related Articles\n", "Concerns\n", "Popular tags:\n", "  • point\n"),
        *("<h1>", "<h2>Summary</h2>", "<a href='/?tag=x'>", "</a>", "<li>", "</li>", "•", "51/100"),
        *("\n\n", "Jun 3, 2026\n", "llms\n", "<div>", "</div>", "</body>", "<time datetime=9>"),
        *("<nav>", "<footer>", "©", "|", "<a href='http://[x'>", "Some words\n", "2 min read\n"),
    ]
)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.lists(st.one_of(pieces, st.text())).map("".join)))
def test_whatever_stands_on_a_page_it_is_read_or_refused(body: str | bytes) -> None:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")

    for read in (read_text, read_html, read_front):
        with suppress(SourceError):
            read(data, ADDRESS)
