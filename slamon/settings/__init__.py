"""``slamon.yaml``: where the database, the CRM, Slack and mail are, and who is told; secrets come from the environment."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, field_validator, model_validator

from slamon.core.definitions.terms import Address, Day, Identifier, Name, OneOrMany, Terms, Zone, shown
from slamon.core.working_time.hours import WEEKDAYS
from slamon.settings.addresses import is_loopback, is_written_inside
from slamon.settings.clocks import Clock, Interval
from slamon.settings.manners import MannersSettings, QuietHours
from slamon.settings.mappings import (
    At,
    AwayColumns,
    ColumnValue,
    EventOf,
    EventRule,
    FromColumn,
    InstantColumn,
    PeopleColumns,
    SourceSettings,
    TableMapping,
)

__all__ = [
    "SECRETS",
    "At",
    "AwayColumns",
    "Clock",
    "ColumnValue",
    "EmailSettings",
    "EventOf",
    "EventRule",
    "FromColumn",
    "InstantColumn",
    "MannersSettings",
    "People",
    "PeopleColumns",
    "QuietHours",
    "ReportSchedule",
    "Reports",
    "Schedule",
    "Settings",
    "SlackSettings",
    "SourceSettings",
    "TableMapping",
    "Team",
    "WebSettings",
    "Workspace",
    "Zone",
    "secret_files",
    "secrets_from",
]

SECRETS = ("SLAMON_SLACK_BOT_TOKEN", "SLAMON_SMTP_PASSWORD", "SLAMON_DATABASE_URL", "SLAMON_WEB_SECRET")
MAIL_SERVER = "write e.g. smtp+starttls://user@mail.example.com:587"
DATABASE = "write e.g. sqlite:///slamon.db or postgresql+psycopg://slamon@db.example.com/slamon"
_PLAIN = r"""[^\s<>",;@]{1,64}@[A-Za-z0-9.-]{1,253}"""
SENDER = re.compile(rf"""{_PLAIN}|(?:"[^"<>@]{{0,100}}"|[^<>",;@]{{0,100}}) ?<{_PLAIN}>""")
WEB_ADDRESS = "write e.g. https://sla.example.com"


def _split(value: str, mend: str) -> SplitResult:
    """An address in parts; it is never shown, because it may hold a password."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(f"this is not an address; {mend}") from None
    return parts


def _web_address(value: object) -> str:
    parts = _split(value if isinstance(value, str) else "", WEB_ADDRESS)
    host = parts.hostname
    if not host or re.search(r"\s", str(value)) or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ValueError(f"this is not a safe web address; {WEB_ADDRESS}")
    if parts.username or parts.password:
        raise ValueError(f"a user name or password does not belong in a web address; {WEB_ADDRESS}")
    return str(value)


def _host(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}", value, re.ASCII):
        raise ValueError(f"{shown(value)} is not a host to listen at; write e.g. 127.0.0.1")
    return value


Host = Annotated[str, BeforeValidator(_host), WithJsonSchema({"type": "string"})]
WebAddress = Annotated[str, BeforeValidator(_web_address), WithJsonSchema({"type": "string", "format": "uri"})]


class SlackSettings(Terms):
    """Where alerts go in Slack; the token is SLAMON_SLACK_BOT_TOKEN, and without it everything is a preview."""

    default_channel: Address = "#sla"
    app_url: WebAddress | None = None
    api_url: WebAddress = "https://slack.com/api/"


class EmailSettings(Terms):
    """The mail server; the password is SLAMON_SMTP_PASSWORD."""

    smtp: str
    from_: str = Field(alias="from")

    @field_validator("smtp")
    @classmethod
    def _server(cls, value: str) -> str:
        parts = _split(value, MAIL_SERVER)
        if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname or not value.isprintable() or " " in value:
            raise ValueError(f"this is not a mail server; {MAIL_SERVER}")
        if parts.password:
            raise ValueError("a password does not belong in slamon.yaml; put it in the environment as SLAMON_SMTP_PASSWORD")
        return value

    @field_validator("from_")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not SENDER.fullmatch(value) or not value.isprintable():
            raise ValueError("the sender is not one plain address; write from: SLA <sla@example.com>")
        return value


class WebSettings(Terms):
    """Where ``slamon run`` listens (health, metrics, unsubscribing), and at which address others reach it, if they do."""

    host: Host = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    url: WebAddress | None = None


class Schedule(Terms):
    """How often the service reads and judges."""

    sync: Interval = Field(default="5m", validate_default=True)
    check: Interval = Field(default="1m", validate_default=True)


class Team(Terms):
    """A team's manager, channel and calendar."""

    manager: Address | None = None
    channel: Address | None = None
    calendar: str | None = None


class People(Terms):
    """Who hears what; addresses here override what the CRM knows."""

    teams: dict[Name, Team] = Field(default_factory=dict)
    addresses: dict[Name, Address] = Field(default_factory=dict)


class ReportSchedule(Terms):
    """When a report goes out, in which zone, to whom."""

    at: Clock
    timezone: Zone
    to: Annotated[tuple[Address, ...], Field(min_length=1), OneOrMany()]
    on: str | None = None
    owner: Address | None = Field(
        default=None, description="who hears of readers that unsubscribe; default: the operator, else slack.default_channel"
    )


class Reports(Terms):
    """The three reports; one that is left out is not sent by the service, but can be made by hand."""

    daily: ReportSchedule | None = None
    weekly: ReportSchedule | None = None
    monthly: ReportSchedule | None = None

    @model_validator(mode="after")
    def _days(self) -> "Reports":
        if self.daily and self.daily.on:
            raise ValueError("daily goes out on every day; leave `on` out of it")
        full = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
        if self.weekly and (self.weekly.on or "monday") not in full | set(WEEKDAYS):
            raise ValueError(f"weekly cannot go out on {self.weekly.on!r}, which is not a weekday; write on: monday")
        if self.monthly and not re.fullmatch(
            r"working day ([1-9]|1[0-5])|day ([1-9]|1[0-9]|2[0-8])|last", self.monthly.on or "working day 3"
        ):
            raise ValueError(f"monthly cannot go out on {self.monthly.on!r}; write on: working day 3, on: day 1 or on: last")
        return self


class Settings(Terms):
    """All of ``slamon.yaml``."""

    database: str = "sqlite:///slamon.db"
    definitions: str = "sla_definitions"
    sources: dict[Identifier, SourceSettings] = Field(default_factory=dict)
    slack: SlackSettings = SlackSettings()
    email: EmailSettings | None = None
    web: WebSettings | None = None
    operator: Annotated[tuple[Address, ...], OneOrMany()] = ()
    dead_man_url: WebAddress | None = None
    internal_hosts: Annotated[tuple[Host, ...], OneOrMany()] = Field(
        default=(), description="hosts of dead_man_url and slack.api_url that may lead to addresses inside your network"
    )
    timezone: Zone = "UTC"
    calendar: str | None = None
    go_live: Day | None = None
    schedule: Schedule = Field(default_factory=lambda: Schedule.model_validate({}))
    quiet_hours: QuietHours | None = None
    people: People = People()
    manners: MannersSettings = MannersSettings()
    reports: Reports = Reports()
    company: str = ""

    @model_validator(mode="after")
    def _outside(self) -> "Settings":
        for url in filter(None, (self.dead_man_url, self.slack.api_url)):
            host = str(urlsplit(url).hostname)
            if is_written_inside(host) and host not in self.internal_hosts:
                raise ValueError(f"{shown(host)} leads inside your network; if it is meant to, write internal_hosts: [{host}]")
        return self

    @field_validator("database")
    @classmethod
    def _no_password(cls, value: str) -> str:
        parts = _split(value, DATABASE)
        if not parts.scheme.startswith(("sqlite", "postgresql")):
            raise ValueError(f"this is not a database; {DATABASE}")
        if parts.password:
            raise ValueError("a password does not belong in slamon.yaml; put the whole address in the environment as SLAMON_DATABASE_URL")
        return value


class Workspace(Terms):
    """Settings, the folder that relative paths start from, and the secrets of the environment."""

    settings: Settings
    folder: Path
    secrets: dict[str, SecretStr] = Field(default_factory=dict)

    def secret(self, name: str) -> str | None:
        """A secret's value, or None; ask only where it is used."""
        found = self.secrets.get(name)
        return found.get_secret_value() if found else None

    def hidden(self) -> list[str]:
        """Every text that must never be shown: the secrets, and the password inside the database's address."""
        found = [secret.get_secret_value() for secret in self.secrets.values()]
        try:
            password = urlsplit(self.secret("SLAMON_DATABASE_URL") or "").password
        except ValueError:
            password = None
        return [*found, *filter(None, [password])]

    @property
    def database_url(self) -> str:
        """SLAMON_DATABASE_URL, else ``database``, with a relative SQLite path made relative to the workspace."""
        url = self.secret("SLAMON_DATABASE_URL") or self.settings.database
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{self.folder / url.removeprefix('sqlite:///')}"
        return url


def secrets_from(environment: Mapping[str, str]) -> dict[str, SecretStr]:
    """The secrets given as NAME or as NAME_FILE (a file that holds one), NAME first; ``OSError`` if it cannot be read."""
    found: dict[str, SecretStr] = {}
    for name in SECRETS:
        if environment.get(name):
            found[name] = SecretStr(environment[name])
        elif environment.get(f"{name}_FILE"):
            found[name] = SecretStr(Path(environment[f"{name}_FILE"]).read_text(encoding="utf-8").strip())
    return found


def secret_files(environment: Mapping[str, str]) -> list[Path]:
    """The files that hold secrets: when one changes, a new secret is in force."""
    named = [f"{name}_FILE" for name in SECRETS if not environment.get(name)]
    return [Path(environment[name]) for name in named if environment.get(name)]
