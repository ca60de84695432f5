"""Puts a workspace together: settings, definitions, database and channels, and what the jobs need to know of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from slamon.channels import CHANNELS, Channel, PreviewChannel
from slamon.core.alerts.routing import Routing, TeamRoute
from slamon.core.definitions import DefinitionSet
from slamon.core.telling import Manners
from slamon.core.working_time.instants import SECOND
from slamon.core.working_time.periods import instant_of
from slamon.core.working_time.timetables import ReportKind
from slamon.definition_files import load_promises, load_workspace
from slamon.jobs.announcing.audience import Announcements, Edition
from slamon.jobs.decisions.judged_terms import refuse_changed_terms
from slamon.jobs.deliver.high_water import HighWater
from slamon.jobs.deliver.mail_log import MailLog
from slamon.jobs.sync.holding import Held, judgeable_until
from slamon.jobs.sync.needed_sources import sources_needed
from slamon.jobs.troubles import Operators
from slamon.settings import ReportSchedule, Workspace
from slamon.store.database import is_there, open_database, reading
from slamon.store.facts.fact_cache import keep_cache_in
from slamon.store.migrate import prepare
from slamon.store.outbox.recent import not_in_slack

PREVIEW = "preview"
FACT_CACHE = ".slamon/facts"
HIGH_WATER = ".slamon/claims"
MAIL_LOG = ".slamon/mails"

Clock = Callable[[], int]


@dataclass(frozen=True)
class Shop:
    """An opened workspace; its definitions and its database are opened when they are first asked for."""

    workspace: Workspace

    @cached_property
    def written(self) -> DefinitionSet:
        """Everything that the files promise; ``DefinitionError`` with every problem."""
        return load_promises(self.workspace)

    @cached_property
    def definitions(self) -> DefinitionSet:
        """The same, unless verdicts were recorded by other terms (``DefinitionError``): nothing rewrites those in passing."""
        found = self.written
        if "engine" in self.__dict__ or is_there(self.workspace.database_url):
            refuse_changed_terms(self.engine, found)
        return found

    @cached_property
    def engine(self) -> Engine:
        """The database, its tables made if it is empty; ``StoreError`` with the mend."""
        engine = open_database(self.workspace.database_url)
        prepare(engine)
        keep_cache_in(engine, self.workspace.folder / FACT_CACHE)
        return engine

    def close(self) -> None:
        """Close the database's connections, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    @property
    def preview_folder(self) -> Path:
        """Where messages go that no channel is configured for."""
        return self.workspace.folder / PREVIEW

    def announcements(self) -> Announcements:
        """Who hears what, since when, and when not to disturb."""
        settings = self.workspace.settings
        zones = {name: calendar.timezone for name, calendar in self.definitions.calendars.items()}
        teams = {
            name: TeamRoute(team.manager, team.channel, zones.get(team.calendar or "")) for name, team in settings.people.teams.items()
        }
        with reading(self.engine) as connection:
            unreachable = not_in_slack(connection)
        sources = settings.sources.values()
        return Announcements(
            routing=Routing(settings.slack.default_channel, teams, dict(settings.people.addresses), zones, unreachable),
            timezone=settings.timezone,
            go_live=instant_of(settings.go_live, 0, settings.timezone) if settings.go_live else None,
            manners=self._manners(),
            app_url=settings.slack.app_url,
            lag=max((source.lag.micros for source in sources if source.lag), default=0),
        )

    def _manners(self) -> Manners:
        """How people are talked to."""
        settings = self.workspace.settings
        quiet, told = settings.quiet_hours, settings.manners
        return Manners(
            timezone=settings.timezone,
            quiet_hours=(quiet.from_, quiet.to) if quiet else None,
            a_day=told.a_day,
            mentions_a_day=told.mentions_a_day,
            digest_at=told.digest_at,
            window=told.window_s * SECOND,
            gap=told.gap.micros,
            longest_gap=max(told.longest_gap.micros, told.gap.micros),
            hold=settings.schedule.check.micros,
        )

    @cached_property
    def high_water(self) -> HighWater:
        """How many claims were seen of this workspace's database, to notice when it was restored."""
        return HighWater(self.workspace.folder / HIGH_WATER)

    @cached_property
    def mail_log(self) -> MailLog:
        """Which mails the server took, so that none is sent twice after a crash or a restored backup."""
        return MailLog(self.workspace.folder / MAIL_LOG)

    def operators(self) -> Operators:
        """Who is told when messages do not get through, and by which channels anybody can be."""
        sending = frozenset(name for name, channel in self.channels.items() if not isinstance(channel, PreviewChannel))
        return Operators(self.workspace.settings.operator, sending, self.workspace.settings.timezone)

    def judgeable_until(self, now: int) -> Held:
        """What a live check may judge: everything up to now, unless a source cannot be relied on."""
        settings = self.workspace.settings
        return judgeable_until(self.engine, settings.sources, self.needs, settings.schedule.sync.micros, now)

    @cached_property
    def needs(self) -> dict[str, frozenset[str]]:
        """By SLA the sources that it needs."""
        return sources_needed(self.definitions, self.workspace.settings.sources)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Slack and mail where they are configured, else previews as files; kept, since they remember what they looked up."""
        preview = PreviewChannel(self.preview_folder)
        return {name: made(self.workspace) or preview for name, made in CHANNELS.items()} | {PREVIEW: preview}

    @property
    def previews(self) -> list[str]:
        """Which channels are not configured, so that their messages are written as files."""
        names = {"slack": "Slack token", "email": "mail server"}
        return [words for name, words in names.items() if CHANNELS[name](self.workspace) is None]

    def report_schedule(self, kind: ReportKind) -> ReportSchedule | None:
        """When and to whom a report goes, if the settings say so."""
        schedule: ReportSchedule | None = getattr(self.workspace.settings.reports, kind)
        return schedule

    def edition(self, kind: ReportKind) -> Edition:
        """Whose report it is and in which zone its periods are cut."""
        schedule = self.report_schedule(kind)
        settings = self.workspace.settings
        return Edition(settings.company, schedule.timezone if schedule else settings.timezone)


def open_shop(path: Path, environment: Mapping[str, str]) -> Shop:
    """The workspace of a ``slamon.yaml``, or of the folder that holds one; ``DefinitionError`` with every problem."""
    return Shop(load_workspace(path, environment))
