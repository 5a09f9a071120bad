"""Who follows what, where, and on which terms."""

import sqlalchemy as sa

from core.tables.columns import Id, UtcTime, metadata, words

addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    words("thread"),
    sa.Column("paused_because", sa.Text),
    # closed: a person has to mend it; away: the platform's outage; left: the bot was removed.
    sa.Column("pause_kind", sa.Text),
    sa.Column("paused_at", UtcTime),
    # An IANA name, by whose clock its digests and quiet hours come; empty is UTC.
    words("zone"),
    # The address of the channel beside which a member follows something, to be mentioned there.
    sa.Column("beside_id", Id),
    # When people were last told of it, and of which reason.
    sa.Column("told_at", UtcTime),
    sa.Column("told_of", sa.Text),
    # Of which reason nobody wants to be told again until it was open, and since when.
    sa.Column("muted_of", sa.Text),
    sa.Column("muted_at", UtcTime),
    sa.Column("probe_at", UtcTime),
    sa.Column("probes", sa.Integer, nullable=False, server_default="0"),
    # Until when somebody paused it; nothing is until somebody resumes it.
    sa.Column("paused_until", UtcTime),
    # Who may set it up: empty is mods alone, `anyone`, or the id of a role or group beside them.
    words("managers"),
    # Its posts are passed on to the channels elsewhere that follow it.
    sa.Column("crosspost", sa.Boolean, nullable=False, server_default=sa.false()),
    # When the bot said there who set it up.
    sa.Column("introduced_at", UtcTime),
    sa.UniqueConstraint("platform", "workspace", "channel", "thread"),
)
sa.Index(
    "ix_addresses_beside_id",
    addresses.c.beside_id,
    sqlite_where=addresses.c.beside_id.is_not(None),
    postgresql_where=addresses.c.beside_id.is_not(None),
)

# What is known of a workspace as a whole. One without a row is there, and has no log.
workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("left_at", UtcTime),
    words("notices_channel"),
)

# On which terms an address follows some of its topics. `core/rules.py` says what they mean.
rules = sa.Table(
    "rules",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("address_id", Id, sa.ForeignKey("addresses.id"), nullable=False),
    sa.Column("heat", sa.Integer, nullable=False, server_default="0"),
    # Bits: positive, mixed, neutral, negative, not known.
    sa.Column("moods", sa.Integer, nullable=False, server_default="31"),
    # Bits: the community has concerns, it has none.
    sa.Column("concerns", sa.Integer, nullable=False, server_default="3"),
    # How many rows of `exclusions` it has, so that most need not look.
    sa.Column("exclusions", sa.Integer, nullable=False, server_default="0"),
    words("style"),
    # The platform's id of the role or group that its posts mention; empty for none.
    words("mention"),
    # Later coverage of a story is told in the thread of its post, and not only in the post.
    sa.Column("threads", sa.Boolean, nullable=False, server_default=sa.true()),
    # Related stories stand in the thread of each post.
    sa.Column("related", sa.Boolean, nullable=False, server_default=sa.false()),
    # On which days digests come, and when, in minutes of the local day; no days is at once.
    words("days"),
    sa.Column("minute", sa.Integer, nullable=False, server_default="0"),
    sa.Column("weekday", sa.Integer, nullable=False, server_default="0"),
    sa.Column("quiet_from", sa.Integer),
    sa.Column("quiet_to", sa.Integer),
    sa.Column("most_a_day", sa.Integer, nullable=False, server_default="0"),
    # How many minutes of reading a digest brings; 0 is any.
    sa.Column("minutes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paused_until", UtcTime),
    # What of this holds now, until `turns_at`: `core/timetable.py` keeps it.
    # When what matches now comes; empty is at once.
    sa.Column("later_at", UtcTime),
    # How many still come at once today, when that ends, and when the rest comes.
    sa.Column("left_today", sa.Integer),
    sa.Column("left_until", UtcTime),
    sa.Column("rest_at", UtcTime),
    sa.Column("turns_at", UtcTime),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sa.Index(None, "address_id"),
)
sa.Index(
    "ix_rules_scheduled",
    rules.c.address_id,
    rules.c.turns_at,
    sqlite_where=rules.c.turns_at.is_not(None),
    postgresql_where=rules.c.turns_at.is_not(None),
)

sa.Index(
    "ix_rules_mentioning",
    rules.c.address_id,
    sqlite_where=rules.c.mention != "",
    postgresql_where=rules.c.mention != "",
)

sa.Index(
    "ix_rules_limited",
    rules.c.address_id,
    sqlite_where=rules.c.left_today.is_not(None),
    postgresql_where=rules.c.left_today.is_not(None),
)

# Tags and domains of sources that a rule leaves out.
exclusions = sa.Table(
    "exclusions",
    metadata,
    # First, and the address with them, so that a part of a fan-out reads just its own, at once.
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("address_id", Id, sa.ForeignKey("addresses.id"), primary_key=True),
    sa.Column("rule_id", Id, sa.ForeignKey("rules.id"), primary_key=True),
    sa.Index(None, "rule_id"),
    sqlite_with_rowid=False,
)

# A topic is a tag, several joined by +, or * for everything. An address has each at most once.
# Who follows it beside a channel has it with an @ before it.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("address_id", Id, sa.ForeignKey("addresses.id"), primary_key=True),
    # In the key, so that the index alone answers a fan-out.
    sa.Column("rule_id", Id, sa.ForeignKey("rules.id"), primary_key=True),
    sa.Index(None, "address_id"),
    # To delete a rule is to look for what is still followed by it.
    sa.Index(None, "rule_id"),
    sqlite_with_rowid=False,
)

# What people changed in the settings of a channel or of a whole workspace, the newest last.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("workspace", sa.Text, nullable=False),
    # Empty where it was the workspace as a whole that was changed.
    words("channel"),
    # The platform's id of who changed it; no longer kept after some time.
    words("changed_by"),
    sa.Column("changed_at", UtcTime, nullable=False),
    # The settings as they were, and as they became: in the form of an export.
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("undone_at", UtcTime),
    # The change that this one took back.
    sa.Column("undoes_id", Id),
    sa.Index(None, "platform", "workspace", "channel", "id"),
)

# What is to be told in the channel that a workspace chose for it.
log_lines = sa.Table(
    "log_lines",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("workspace", sa.Text, nullable=False),
    # Of one cause there is one line a day.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("happened_at", UtcTime, nullable=False),
    sa.Column("told_at", UtcTime),
    sa.Index(None, "platform", "workspace", "cause", "happened_at"),
)

# Messages of the bot's own on their way to a channel, until it is known that they stand.
announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    words("thread"),
    # What it tells: the numbers of lines of a log, or who set the channel up.
    sa.Column("what", sa.JSON, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    # When it is tried or looked for next; of what is being said, when others may take it over.
    sa.Column("due_at", UtcTime, nullable=False),
    # When it was tried first, while it may stand since.
    sa.Column("tried_at", UtcTime),
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index(None, "platform", "due_at"),
)
