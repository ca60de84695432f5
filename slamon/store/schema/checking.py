"""Tables by which a check finds the few leads that it has to judge, and what it needs of all the others."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from slamon.store.schema.naming import metadata

HAS_NEXT = text("next_at IS NOT NULL")
MADE = text("created_by IS NOT NULL")

judged_leads = Table(
    "judged_leads",
    metadata,
    Column("lead", Text, primary_key=True, comment="the lead's id, after merges; or one of which nothing is known yet"),
    Column("next_at", BigInteger, comment="the first instant at which a verdict or a notice may change though nothing happens"),
    Column("created_at", BigInteger, comment="its first event's instant; null while none is known"),
    Column("created_by", Text, comment="who made that event, if the source says: imports are found by it"),
    Column("last_at", BigInteger, comment="its last event's instant"),
    Index(None, "next_at", sqlite_where=HAS_NEXT, postgresql_where=HAS_NEXT),  # what has come due
    Index(None, "created_by", "created_at", sqlite_where=MADE, postgresql_where=MADE),  # who came in the same import
    comment="Every lead as of the last check that judged it: when to look at it again, and who made it.",
    sqlite_with_rowid=False,
)

changed_leads = Table(
    "changed_leads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lead", Text, comment="whose facts changed; null for so many that all leads are to be judged"),
    Column("at", BigInteger, nullable=False, comment="from when on the change is known"),
    Column("took_away", Boolean, nullable=False, comment="an event was changed or withdrawn, not only added"),
    Index(None, "at"),
    comment="What syncs changed since the last check; a check takes away what it has judged, in its own transaction.",
)

period_shares = Table(
    "period_shares",
    metadata,
    Column("lead", Text, nullable=False, comment="the lead's id, after merges"),
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("number", Integer, nullable=False, comment="the place among the lead's own, from 0"),
    Column("at", BigInteger, nullable=False, comment="when it was counted, or entered the cohort"),
    Column("until", BigInteger, comment="quotas: when it was taken back; ratios: when the member is old enough"),
    Column("worth", Double, nullable=False),
    Column("group", Text, nullable=False),
    Column("counts", Boolean, nullable=False, comment="ratios: whether the member counts"),
    Column("open", Boolean, nullable=False, comment="ratios: whether that cannot be told"),
    Column("why", Text, nullable=False, comment="ratios: what is not known of the member; empty when all is"),
    PrimaryKeyConstraint("lead", "sla", "version", "number"),
    comment="What each lead contributes to quotas and ratios, as of the last check that judged it.",
    sqlite_with_rowid=False,
)

period_columns = Table(
    "period_columns",
    metadata,
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("span", BigInteger, nullable=False, comment="thirty days since 1970, by number: those that `at` falls in"),
    Column("names", Text, nullable=False, comment="JSON: the texts that the rows refer to by place"),
    Column("data", LargeBinary, nullable=False, comment="rows of at, until, worth, group, why, counts and open, 34 bytes each"),
    PrimaryKeyConstraint("sla", "version", "span"),
    comment="The same as period_shares without the leads, packed: all that one quota or ratio is concluded from, read at once.",
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("lead", Text, nullable=False, comment="empty for all leads of the SLA"),
    Column("sla", Text, nullable=False, comment="empty for all SLAs of the lead"),
    Column("reason", Text, nullable=False, comment="what its judging failed with; no personal data"),
    Column("since", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again_at", BigInteger, nullable=False, comment="when it is tried again"),
    PrimaryKeyConstraint("lead", "sla"),
    comment="Leads and SLAs whose judging failed: their verdicts stay as they were, and the others go on.",
)

check_notes = Table(
    "check_notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False, comment="JSON"),
    comment="What the last check goes by: the terms it judged by, what all facts together tell, when periods are looked at next.",
)
