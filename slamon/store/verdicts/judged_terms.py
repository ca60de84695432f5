"""The terms that verdicts were recorded by: the newest of each version are in force, and none is ever rewritten."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, or_, select

from slamon.core.verdicts.judged_terms import ChangedTerms, JudgedTerms, Key
from slamon.core.working_time.instants import FOREVER
from slamon.store.schema import attainment, audit, judged_terms, rulings, verdicts


@dataclass(frozen=True, slots=True)
class Rewording:
    """A named person said, at an instant (microseconds UTC) and with a reason, that a version's text was wrong from its beginning."""

    sla: str
    version: str
    at: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How many recorded verdicts follow from some terms, and the last instant that any of them rests on (microseconds UTC)."""

    verdicts: int
    last: int


def load_judged_terms(connection: Connection) -> dict[Key, JudgedTerms]:
    """The terms in force of every version that a check knew, by SLA and version."""
    row = judged_terms.c
    newest = select(func.max(row.id)).group_by(row.sla, row.version)
    asked = select(row.sla, row.version, row.since, row.until, row.terms).where(row.id.in_(newest))
    found = (
        JudgedTerms(sla, version, since, FOREVER if until is None else until, text)
        for sla, version, since, until, text in connection.execute(asked)
    )
    return {each.key: each for each in found}


def keep_judged_terms(connection: Connection, terms: Iterable[JudgedTerms], at: int, rewording: Rewording | None = None) -> None:
    """Keep terms as those in force from ``at`` on (microseconds UTC), inside the caller's transaction; the older ones stay below them."""
    rows = [
        {
            "sla": each.sla,
            "version": each.version,
            "hash": each.hash,
            "terms": each.text,
            "since": each.since,
            "until": None if each.until == FOREVER else each.until,
            "at": at,
            "by": rewording.by if rewording and each.key == (rewording.sla, rewording.version) else None,
            "reason": rewording.reason if rewording and each.key == (rewording.sla, rewording.version) else None,
        }
        for each in terms
    ]
    if rows:
        connection.execute(judged_terms.insert(), rows)


def record_rewording(connection: Connection, rewording: Rewording, terms: Iterable[JudgedTerms]) -> None:
    """Keep a version's new terms, and who worded them anew, when and why in the audit table."""
    keep_judged_terms(connection, terms, rewording.at, rewording)
    subject = f"{rewording.sla} {rewording.version}"
    values = {"at": rewording.at, "by": rewording.by, "action": "reword", "subject": subject, "reason": rewording.reason}
    connection.execute(audit.insert().values(**values))


def last_rewording(connection: Connection) -> int:
    """A number that grows with each rewording."""
    return int(connection.execute(select(func.coalesce(func.max(judged_terms.c.id), 0)).where(judged_terms.c.by.is_not(None))).scalar_one())


def rewordings(connection: Connection) -> list[Rewording]:
    """Every rewording there was, in order."""
    row = judged_terms.c
    asked = select(row.sla, row.version, row.at, row.by, row.reason).where(row.by.is_not(None)).order_by(row.id)
    return [Rewording(*each) for each in connection.execute(asked)]


def reworded_between(connection: Connection, sla: str, since: int, until: int) -> Rewording | None:
    """The last rewording of an SLA that was recorded in ``(since, until]`` (microseconds UTC); None if there was none."""
    return next((each for each in reversed(rewordings(connection)) if each.sla == sla and since < each.at <= until), None)


def standing_on(connection: Connection, change: ChangedTerms) -> Standing:
    """The recorded verdicts that a change of terms may turn: those of the version, and what began or was answered since it differs."""
    sla, version = change.key
    cycle, period = verdicts.c, attainment.c
    turned = [cycle.started_at >= change.since, cycle.answered_at >= change.since]
    begun = [period.starts_at >= change.since]
    if not change.only_its_end:
        turned, begun = [*turned, cycle.version == version], [*begun, period.version == version]
    many = select(func.count(), func.max(cycle.started_at), func.max(cycle.answered_at)).where(cycle.sla == sla, or_(*turned))
    cycles, began, answered = connection.execute(many).one()
    judged = (period.sla == sla) & (func.coalesce(period.state, "") != "")
    periods, opened = connection.execute(select(func.count(), func.max(period.starts_at)).where(judged, or_(*begun))).one()
    put_on = exists().where(rulings.c.kind == "activate", rulings.c.subject == f"{sla} {version}")
    activated = bool(connection.execute(select(put_on)).scalar())
    last = max(each for each in (began, answered, opened, change.since) if each is not None)
    return Standing(max(cycles + periods, int(activated)), last)
