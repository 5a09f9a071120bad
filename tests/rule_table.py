"""Rules as they are typed, and whether the same article comes by them."""

from core.sources import Draft

TAGS = ("crypto", "llms", "meta", "openai", "robots")
"""The tags there are."""

ARTICLE = Draft(
    title="Meta's robots log keystrokes",
    url="https://themata.ai/news/keystrokes",
    tags=("meta", "robots", "llms"),
    heat=60,
    sentiment="Negative",
    concerns=("Nobody was asked",),
    source_domain="blog.example.com",
)
CALM = Draft(title="A calm one", url="https://themata.ai/news/calm", tags=("llms",))
"""Nothing but its tag is known of this one."""

Row = tuple[str, Draft, bool]
"""The words of a rule, an article, and whether it comes."""

MATCHES: dict[str, Row] = {
    "any of the tags": ("llms crypto", ARTICLE, True),
    "none of the tags": ("crypto openai", ARTICLE, False),
    "everything": ("everything", ARTICLE, True),
    "both tags": ("robots+meta", ARTICLE, True),
    "three tags": ("meta+llms+robots", ARTICLE, True),
    "one of two tags": ("robots+openai", ARTICLE, False),
    "a plus narrows": ("llms robots +meta", ARTICLE, True),
    "a plus narrows too far": ("llms robots +openai", ARTICLE, False),
    "only pluses": ("+llms +robots", ARTICLE, True),
    "a tag that is left out": ("llms -meta", ARTICLE, False),
    "another tag that is left out": ("llms -crypto", ARTICLE, True),
    "leaving out wins over everything": ("everything -meta", ARTICLE, False),
    "leaving out wins over its own tag": ("meta -meta", ARTICLE, False),
    "a source that is left out": ("llms -blog.example.com", ARTICLE, False),
    "the domain above it": ("llms -example.com", ARTICLE, False),
    "a domain that only ends alike": ("llms -ample.com", ARTICLE, True),
    "several left out": ("llms without:crypto,www.example.com", ARTICLE, False),
    "hot enough": ("llms heat:60", ARTICLE, True),
    "not hot enough": ("llms heat:61", ARTICLE, False),
    "no heat known": ("llms heat:1", CALM, False),
    "no heat asked": ("llms heat:0", CALM, True),
    "the mood": ("llms mood:negative", ARTICLE, True),
    "one of the moods": ("llms mood:mixed,negative", ARTICLE, True),
    "another mood": ("llms mood:positive", ARTICLE, False),
    "no mood known": ("llms mood:positive,mixed,neutral,negative", CALM, False),
    "any mood": ("llms mood:any", CALM, True),
    "with concerns": ("llms concerns:some", ARTICLE, True),
    "with concerns it has not": ("llms concerns:some", CALM, False),
    "without concerns": ("llms concerns:none", CALM, True),
    "without concerns it has": ("llms concerns:none", ARTICLE, False),
    "all alike": ("robots+meta -crypto heat:50 mood:negative concerns:some", ARTICLE, True),
    "all but the heat": ("robots+meta -crypto heat:70 mood:negative concerns:some", ARTICLE, False),
    "all but the mood": ("robots+meta -crypto heat:50 mood:mixed concerns:some", ARTICLE, False),
    "all, and left out": ("robots+meta -llms heat:50 mood:negative concerns:some", ARTICLE, False),
    "a style changes nothing": ("llms style:line", ARTICLE, True),
}
"""What is typed, the article, and whether it comes, by what is shown."""
