"""How a source's tables become events, people and absences, as ``sources:`` in ``slamon.yaml`` says it."""

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from slamon.core.definitions.terms import Flag, Identifier, Length, Name, Names, OneOrMany, Terms, Zone, shown
from slamon.settings.clocks import Interval

PLANNED = ("salesforce", "hubspot", "odoo")
WHERE = {"path": "exports/leads.csv", "query": "SELECT lead_id, created_at FROM leads"}

FromColumn = Annotated[str, Field(min_length=1)]


class InstantColumn(Terms):
    """A column of instants, and the zone of those that are written without an offset."""

    column: FromColumn
    timezone: Zone | None = None


class ColumnValue(Terms):
    """A value taken from a column of the row instead of written in the rule."""

    column: FromColumn


def _instant_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _is_column(value: object) -> str:
    return "as column" if isinstance(value, Mapping | ColumnValue) else "as written"


At = Annotated[
    InstantColumn,
    BeforeValidator(
        _instant_column,
        json_schema_input_type=Annotated[str, Field(description="the column's name; its texts carry offsets")] | InstantColumn,
    ),
]
Literally = Annotated[Annotated[Name, Tag("as written")] | Annotated[ColumnValue, Tag("as column")], Discriminator(_is_column)]
Switch = Annotated[Annotated[Flag, Tag("as written")] | Annotated[ColumnValue, Tag("as column")], Discriminator(_is_column)]


class EventOf(Terms):
    """What a row says happened: as an event pattern names it, each part written out or taken from a column."""

    stage: Literally | None = None
    activity: Literally | None = None
    touch: Literally | None = None
    owner: Literal["assigned", "unassigned"] | None = None
    attribute: Name | None = None
    merged: Literal[True] | None = None
    deleted: Literal[True] | None = None
    restored: Literal[True] | None = None

    direction: Literally | None = None
    automated: Switch | None = None
    seconds: ColumnValue | None = None
    outcome: Literally | None = None
    asset: Literally | None = None
    to: Literally | None = None
    into: ColumnValue | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> "EventOf":
        names = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")
        subjects = [name for name in names if getattr(self, name) is not None]
        if len(subjects) != 1:
            raise ValueError(f"an event is one of {', '.join(names)}, here {' and '.join(subjects) or 'none'}; write e.g. {{stage: mql}}")
        if self.merged and self.into is None:
            raise ValueError("a merge names the surviving lead; write e.g. {merged: true, into: {column: master_id}}")
        return self


class EventRule(Terms):
    """Rows whose columns hold these values are this event; without ``when`` every row is."""

    when: dict[FromColumn, Names] = Field(default_factory=dict)
    is_: EventOf = Field(alias="is")


class PeopleColumns(Terms):
    """Which columns of a table describe people instead of events."""

    id: FromColumn
    name: FromColumn | None = None
    email: FromColumn | None = None
    team: FromColumn | None = None
    manager: FromColumn | None = None
    active: FromColumn | None = None
    away: FromColumn | None = None
    calendar: FromColumn | None = None


class AwayColumns(Terms):
    """Which columns of a table say when a person is away."""

    person: FromColumn
    from_: At = Field(alias="from")
    to: At


def _encoding(value: object) -> str:
    try:
        return codecs.lookup(str(value)).name
    except (LookupError, ValueError):
        raise ValueError(f"{shown(value)} is not an encoding; write e.g. utf-8, cp1252 or utf-16") from None


Encoding = Annotated[str, BeforeValidator(_encoding), WithJsonSchema({"type": "string", "examples": ["utf-8", "cp1252"]})]


class TableMapping(Terms):
    """How the rows of one table become events, people or absences."""

    name: Identifier | None = None
    path: str | None = None
    query: str | None = None
    format: Literal["csv", "tsv", "parquet", "jsonl", "xlsx"] | None = None
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None

    lead: FromColumn | None = None
    at: At | None = None
    recorded_at: At | None = None
    actor: FromColumn | None = None
    owner: FromColumn | None = None
    id: FromColumn | None = None
    attributes: dict[Name, FromColumn] = Field(default_factory=dict)
    events: tuple[EventRule, ...] = ()
    people: PeopleColumns | None = None
    away: AwayColumns | None = None

    @model_validator(mode="after")
    def _one_use(self) -> "TableMapping":
        uses = [use for use in ("events", "people", "away") if getattr(self, use)]
        if len(uses) != 1:
            raise ValueError("a table maps either events, people or away; write e.g. events: [{is: {stage: mql}}]")
        if self.events and (self.lead is None or self.at is None):
            raise ValueError("a table of events names the columns of `lead` and `at`; write e.g. lead: lead_id, at: created_at")
        return self


class SourceSettings(Terms):
    """One CRM or export, read by the source of its type."""

    type: Literal["files", "sql"]
    tables: Annotated[tuple[TableMapping, ...], Field(min_length=1)]
    url: str | None = None
    automated_actors: Annotated[tuple[Name, ...], OneOrMany()] = ()
    unknown_actor: Literal["person", "ignore"] = "person"
    lag: Length | None = None
    budget: Interval = Field(default="10m", validate_default=True)
    stale_after: Interval | None = None

    @model_validator(mode="before")
    @classmethod
    def _available(cls, written: Any) -> Any:
        if isinstance(written, Mapping) and written.get("type") in PLANNED:
            raise ValueError(f"type {written['type']} is not available yet; export to files, or read its database with type: sql")
        return written

    @model_validator(mode="after")
    def _where(self) -> "SourceSettings":
        if self.type == "sql" and self.url is None:
            raise ValueError("a sql source needs `url`; write e.g. url: postgresql+psycopg://reader@db.example.com/crm")
        for table in self.tables:
            wanted = {"files": "path", "sql": "query"}.get(self.type)
            if wanted and getattr(table, wanted) is None:
                raise ValueError(f"tables of a {self.type} source each need `{wanted}`; write e.g. {wanted}: {WHERE[wanted]}")
        return self
