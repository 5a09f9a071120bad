"""Each part that a message can have, by itself, with words that markup could mistake."""

from datetime import UTC, datetime

from core.messages import (
    AskButton,
    Buttons,
    Choice,
    Choices,
    Document,
    Form,
    GroupChoice,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Message,
    Note,
    Part,
    Place,
    Points,
    Story,
    Text,
    WordsButton,
)

DAY = datetime(2026, 6, 22, 12, tzinfo=UTC)
PAGE = "https://news.example/pause?a=1&b=2"

STORY = Story(
    title="Meta pauses its AI training program & reviews it",
    text="The program recorded what employees typed. It stops until a review is done.",
    facts=("51/100 \U0001f525\U0001f525\U0001f525", "mixed", "wired.example", DAY, "4 min"),
    tags=("meta", "ai-training"),
)
PICTURE = Image("https://news.example/pause.png", "Illustration from wired.example")
BUTTONS = Buttons(
    (
        LinkButton("Read", PAGE, "Read the article: Meta pauses its AI training program"),
        WordsButton("Related", "related article:12"),
        WordsButton("Follow #meta", "subscribe meta"),
    )
)
TAKEAWAYS = Points("Key takeaways", ("It is paused <for now>.", "A *review* follows."))
RELATED = Lines(
    (
        Line("Privacy rules for training data", "https://news.example/rules", ("wired", DAY)),
        Line("A story [again] without a page", None),
    ),
    "Related",
)
STRUCK = Story(STORY.title, "Withdrawn by the source", ("wired.example", DAY), struck=True)
STRUCK_LINE = Line("~Gemma 4~ runs [on] ~~phones~", PAGE, ("Withdrawn",), struck=True)
STYLES = Choices(
    "Style",
    "channel settings llms",
    (
        Choice("As a card", "style:card", "Title, summary, picture"),
        Choice("As a *line*", "style:line", chosen=True),
    ),
    hint="How posts look",
)
TAGS = Choices(
    "Tags & more",
    "channel settings llms tags",
    (Choice("#llms", "llms", chosen=True), Choice("#meta", "meta")),
    least=0,
    most=2,
    hint="Follow nothing",
)
NO_GROUP = GroupChoice("Ping", "channel settings ping", hint="Nobody")
GROUP = GroupChoice(
    "Who *can*", "channel settings managers", "118730126411823929", "The one named above", "None"
)
ASKING = Buttons(
    (
        AskButton(
            "Set quiet hours",
            "channel settings llms quiet:",
            Form("Quiet hours", "From when until when", "22:00-07:00", "21:00-06:00"),
        ),
    )
)
FULL = (
    Story(STORY.title, STORY.text, STORY.facts, STORY.tags, PICTURE),
    TAKEAWAYS,
    Points("Concerns", ("Who may see it?",)),
    RELATED,
    Note(("AI summary",)),
    BUTTONS,
)

_PARTS: dict[str, tuple[Part, ...]] = {
    "heading": (Heading("Today in AI"),),
    "text": (Text("You now follow #meta & #llms. Type /unsubscribe meta to stop."),),
    "note": (Note(("a fact", DAY, "another")),),
    "points": (TAKEAWAYS,),
    "story": (STORY,),
    "story-with-image": FULL[:1],
    "story-struck": (STRUCK,),
    "lines": (RELATED,),
    "lines-one": (Lines((Line(STORY.title, PAGE, ("mixed", DAY)),)),),
    "lines-struck": (Lines((STRUCK_LINE, RELATED.lines[1])),),
    "place": (Place("@everyone> <!channel", ("closed",)),),
    "buttons": (Text("Choose."), BUTTONS),
    "choices-one": (STYLES,),
    "choices-many": (TAGS,),
    "choices-of-groups": (NO_GROUP, GROUP),
    "asking": (Text("Choose."), ASKING),
    "document": (Document("rules.toml", 'topics = ["llms", "meta"]\nheat = 60\n'),),
    "all": FULL,
}

MESSAGES = {f"part-{name}": Message(parts) for name, parts in _PARTS.items()}
