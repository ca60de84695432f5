"""The leads that a report names: at risk, saved narrowly, still waiting."""

from collections.abc import Iterable

import numpy as np

from slamon.core.facts import Facts, Rows
from slamon.core.scorecards.compliance import due_within
from slamon.core.scorecards.figures import LeadLine
from slamon.core.verdicts import BREACHED, MET, PENDING, Judged
from slamon.core.working_time.instants import FOREVER, NEVER, SECOND


def lead_line(judged: Judged, facts: Facts, row: int) -> LeadLine:
    """One cycle as a line: whose lead, who holds it, when it was due, how late it is on the SLA's own clock."""
    each = judged.obligations
    lead, due = int(each.lead[row]), int(each.due[row])
    holder = facts.people.person(int(judged.holder_at_due[row]))
    until = facts.as_of if judged.answered_at[row] == NEVER else int(judged.answered_at[row])
    late = None
    if due != NEVER and until > due:
        at_due, now = judged.clock(row).run(np.array([due, until], np.int64)).tolist()
        late = (now - at_due) // SECOND
    return LeadLine(
        cycle_id=str(judged.cycle_id[row]),
        lead=str(facts.leads[lead]),
        lead_name=facts.latest(lead, "name"),
        company=facts.latest(lead, "company"),
        holder_name=holder.name or holder.id,
        sla=judged.sla,
        title=judged.versions[int(each.version[row])].title,
        due_at=due,
        late_by_s=late,
        cause=judged.cause.at(row),
        link=facts.latest(lead, "link"),
    )


def at_risk(judgements: Iterable[Judged], facts: Facts, until: int) -> list[tuple[Judged, int]]:
    """Pending cycles that are due by an instant, soonest first."""
    found = [
        (int(judged.obligations.due[row]), judged, int(row))
        for judged in judgements
        for row in np.flatnonzero((judged.state == PENDING) & due_within(judged, facts.as_of, until + 1))
    ]
    return [(judged, row) for _, judged, row in sorted(found, key=lambda each: (each[0], each[1].sla, each[2]))]


def saves(judgements: Iterable[Judged], facts: Facts, since: int, until: int, most: int) -> tuple[LeadLine, ...]:
    """The narrowest saves of a span: met after a warning, the least time before due first."""
    found = []
    for judged in judgements:
        each = judged.obligations
        within = due_within(judged, since, until) & (judged.state == MET) & (each.start_row < each.answer_row)
        warned = np.where(each.warnings == NEVER, FOREVER, each.warnings).min(axis=1, initial=FOREVER)
        saved = np.flatnonzero(within & (each.met_at >= warned))
        found += [(int(each.due[row] - each.met_at[row]), judged.sla, int(row), judged) for row in saved]
    found.sort(key=lambda save: save[:3])
    return tuple(lead_line(judged, facts, row) for _, _, row, judged in found[:most])


def waiting_longest(judgements: Iterable[Judged], facts: Facts, since: int, until: int, most: int) -> tuple[LeadLine, ...]:
    """Missed in a span and answered by nobody yet, the longest overdue first, each lead once."""
    found = []
    for judged in judgements:
        missed = due_within(judged, since, until) & (judged.state == BREACHED) & (judged.answered_at == NEVER)
        found += [(int(judged.obligations.due[row]), judged.sla, int(row), judged) for row in np.flatnonzero(missed)]
    found.sort(key=lambda each: each[:3])
    lines: dict[str, LeadLine] = {}
    for _, _, row, judged in found:
        if len(lines) == most:
            break
        line = lead_line(judged, facts, row)
        lines.setdefault(line.lead, line)
    return tuple(lines.values())


def open_rows(judged: Judged, since: int, until: int) -> Rows:
    """Cycles still to be answered: pending ones, and those missed in a span that nobody answered."""
    missed = due_within(judged, since, until) & (judged.state == BREACHED) & (judged.answered_at == NEVER)
    return np.flatnonzero((judged.state == PENDING) | missed)
