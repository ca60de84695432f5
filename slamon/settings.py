"""``slamon.yaml``: where the database, the CRM, Slack and mail are, and who is told; secrets come from the environment."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from slamon.core.calendars import WEEKDAYS
from slamon.core.definitions import Day, Identifier, Length, Name, Names, Terms
from slamon.core.zones import is_zone

SECRETS = ("SLAMON_SLACK_BOT_TOKEN", "SLAMON_SMTP_PASSWORD", "SLAMON_DATABASE_URL")


def _zone(value: object) -> str:
    if not isinstance(value, str) or not is_zone(value):
        raise ValueError(f"{value!r} is not an IANA time zone; write one such as Europe/Berlin or UTC")
    return value


def _clock(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        raise ValueError(f'{value!r} is not a time of day; write it quoted, e.g. "08:00"')
    return value


Zone = Annotated[str, BeforeValidator(_zone)]
Clock = Annotated[str, BeforeValidator(_clock)]
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


At = Annotated[InstantColumn, BeforeValidator(_instant_column)]
Literally = Annotated[Name | ColumnValue, Field(union_mode="left_to_right")]


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
    automated: bool | ColumnValue | None = None
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


class TableMapping(Terms):
    """How the rows of one table become events, people or absences."""

    name: Identifier | None = None
    path: str | None = None
    query: str | None = None
    format: Literal["csv", "tsv", "parquet", "jsonl", "xlsx"] | None = None
    encoding: str = "utf-8"
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

    type: str
    tables: Annotated[tuple[TableMapping, ...], Field(min_length=1)]
    url: str | None = None
    automated_actors: Annotated[tuple[Name, ...], BeforeValidator(lambda v: v if isinstance(v, list | tuple) else (v,))] = ()
    unknown_actor: Literal["person", "ignore"] = "person"
    lag: Length | None = None

    @model_validator(mode="after")
    def _where(self) -> "SourceSettings":
        if self.type == "sql" and self.url is None:
            raise ValueError("a sql source needs `url`; write e.g. url: postgresql+psycopg://reader@db.example.com/crm")
        for table in self.tables:
            wanted = {"files": "path", "sql": "query"}.get(self.type)
            if wanted and getattr(table, wanted) is None:
                raise ValueError(f"each table of a {self.type} source needs `{wanted}`")
        return self


class SlackSettings(Terms):
    """Where alerts go in Slack; the token is SLAMON_SLACK_BOT_TOKEN, and without it everything is a preview."""

    default_channel: str = "#sla"
    app_url: str | None = None
    api_url: str = "https://slack.com/api/"


class EmailSettings(Terms):
    """The mail server; the password is SLAMON_SMTP_PASSWORD."""

    smtp: str
    from_: str = Field(alias="from")

    @field_validator("smtp")
    @classmethod
    def _server(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
            raise ValueError(f"{value!r} is not a mail server; write e.g. smtp+starttls://user@mail.example.com:587")
        if parts.password:
            raise ValueError("a password does not belong in slamon.yaml; put it in SLAMON_SMTP_PASSWORD")
        return value


class Schedule(Terms):
    """How often the service reads and judges."""

    sync: Length = Field(default="5m", validate_default=True)
    check: Length = Field(default="1m", validate_default=True)


class QuietHours(Terms):
    """When people are not disturbed, in their own zone."""

    from_: Clock = Field(alias="from")
    to: Clock


class Team(Terms):
    """A team's manager, channel and calendar."""

    manager: str | None = None
    channel: str | None = None
    calendar: str | None = None


class People(Terms):
    """Who hears what; addresses here override what the CRM knows."""

    teams: dict[Name, Team] = Field(default_factory=dict)
    addresses: dict[Name, str] = Field(default_factory=dict)


class ReportSchedule(Terms):
    """When a report goes out, in which zone, to whom."""

    at: Clock
    timezone: Zone
    to: Annotated[tuple[str, ...], BeforeValidator(lambda v: v if isinstance(v, list | tuple) else (v,))]
    on: str | None = None


class Reports(Terms):
    """The three reports; one that is left out is not sent by the service, but can be made by hand."""

    daily: ReportSchedule | None = None
    weekly: ReportSchedule | None = None
    monthly: ReportSchedule | None = None

    @model_validator(mode="after")
    def _days(self) -> "Reports":
        full = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
        if self.weekly and (self.weekly.on or "monday") not in full | set(WEEKDAYS):
            raise ValueError(f"{self.weekly.on!r} is not a weekday; write on: monday")
        if self.monthly and not re.fullmatch(r"working day ([1-9]|1[0-5])|day ([1-9]|1[0-9]|2[0-8])|last", self.monthly.on or "working day 3"):
            raise ValueError(f"{self.monthly.on!r} is not a day of the month; write on: working day 3, day 1 or last")
        return self


class Settings(Terms):
    """All of ``slamon.yaml``."""

    database: str = "sqlite:///slamon.db"
    definitions: str = "sla_definitions"
    sources: dict[Identifier, SourceSettings] = Field(default_factory=dict)
    slack: SlackSettings = SlackSettings()
    email: EmailSettings | None = None
    timezone: Zone = "UTC"
    calendar: str | None = None
    go_live: Day | None = None
    schedule: Schedule = Field(default_factory=lambda: Schedule.model_validate({}))
    quiet_hours: QuietHours | None = None
    people: People = People()
    reports: Reports = Reports()
    company: str = ""


class Workspace(Terms):
    """Settings, the folder that relative paths start from, and the secrets of the environment."""

    settings: Settings
    folder: Path
    secrets: dict[str, SecretStr] = Field(default_factory=dict)

    def secret(self, name: str) -> str | None:
        """A secret's value, or None; ask only where it is used."""
        found = self.secrets.get(name)
        return found.get_secret_value() if found else None

    @property
    def database_url(self) -> str:
        """SLAMON_DATABASE_URL, else ``database``, with a relative SQLite path made relative to the workspace."""
        url = self.secret("SLAMON_DATABASE_URL") or self.settings.database
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{self.folder / url.removeprefix('sqlite:///')}"
        return url


def secrets_from(environment: dict[str, str] | os._Environ[str]) -> dict[str, SecretStr]:
    """The secrets given as NAME or as NAME_FILE (a file that holds one), NAME first."""
    found: dict[str, SecretStr] = {}
    for name in SECRETS:
        if environment.get(name):
            found[name] = SecretStr(environment[name])
        elif environment.get(f"{name}_FILE"):
            found[name] = SecretStr(Path(environment[f"{name}_FILE"]).read_text(encoding="utf-8").strip())
    return found


