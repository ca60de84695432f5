"""The funnel of the synthetic company as its CRM stores it: stage changes, reasons, merges and deletions."""

import numpy as np
import pandas as pd

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, NEVER, SECOND, Instants
from slamon.demo.company import AUTOMATION, IMPORTER, OFFICES, Company, Ints
from slamon.demo.journeys import REASONS, Draw, Journeys
from slamon.demo.leads import INTENTS, PLANTED_PER_TEAM, Leads

DELETED_EVERY = 997
"""Every so many leads one asked to be erased."""


def stages(company: Company, leads: Leads, journeys: Journeys) -> pd.DataFrame:
    """Stage changes: lead, at, stage, by, intent, amount; not cut yet."""
    cycles = journeys.cycles
    by_rep = np.array([person.id for person in company.reps], object)
    moved = journeys.reassigned != NEVER
    holder = by_rep[np.where(moved, journeys.next_rep, journeys.rep)]
    qualifier = np.where(cycles.imported, IMPORTER, AUTOMATION).astype(object)
    intent = np.array(INTENTS, object)[cycles.intent]
    amount = (leads.value[cycles.lead] * (0.7 + 0.6 * cycles.draws[:, Draw.OPPORTUNITY]) // 100 * 100).astype(np.int64)
    pieces = [_steps(cycles.lead, cycles.mql, "mql", qualifier, intent)]
    for stage in ("sal", "sql", "opportunity", "customer", "recycled", "disqualified"):
        at: Instants = getattr(journeys, stage)
        happened = np.flatnonzero(at != NEVER)
        rows = _steps(cycles.lead[happened], at[happened], stage, holder[happened], "")
        if stage == "opportunity":
            rows["amount"] = amount[happened].astype(str).astype(object)
        pieces.append(rows)
    history = pd.concat(pieces, ignore_index=True)
    history["lead"] = leads.number[history["lead"].to_numpy()]
    return history


def _steps(lead: Ints, at: Instants, stage: str, by: object, intent: object) -> pd.DataFrame:
    return pd.DataFrame({"lead": lead, "at": at, "stage": stage, "by": by, "intent": intent, "amount": ""})


def rejections(leads: Leads, journeys: Journeys) -> pd.DataFrame:
    """Reasons that sales gave when it sent a lead back: lead, at, reason, by; a few gave none."""
    lost = np.where(journeys.disqualified == NEVER, journeys.recycled, journeys.disqualified)
    rows = np.flatnonzero(journeys.rejected & (journeys.reason < len(REASONS) - 1) & (lost != NEVER))
    reps = np.array([f"rep-{number + 1:02}" for number in journeys.rep[rows].tolist()], object)
    reason = np.array(REASONS, object)[journeys.reason[rows]]
    return pd.DataFrame({"lead": leads.number[journeys.cycles.lead[rows]], "at": lost[rows], "reason": reason, "by": reps})


def twin_stages(leads: Leads) -> pd.DataFrame:
    """The qualification of duplicates, which was stamped before anybody saw that they were duplicates."""
    rows = np.flatnonzero(leads.twin_of >= 0)
    intent = np.array(INTENTS, object)[leads.intent[rows]]
    history = _steps(rows, leads.mql[rows], "mql", AUTOMATION, intent)
    history["lead"] = leads.number[rows]
    return history


def changes(leads: Leads) -> pd.DataFrame:
    """Merges of duplicates the day after, and leads erased on request: lead, at, change, into (a number, -1 for none)."""
    merged = np.flatnonzero(leads.twin_of >= 0)
    ordinary = np.arange(PLANTED_PER_TEAM * len(OFFICES) + 11, len(leads.created), DELETED_EVERY)
    deleted = ordinary[(leads.twin_of[ordinary] < 0) & ~np.isin(ordinary, leads.twin_of) & ~leads.imported[ordinary]]
    at = np.concatenate([leads.mql[merged] + 17 * HOUR + 3 * MINUTE, leads.created[deleted] + 31 * DAY + 11 * SECOND])
    into = np.concatenate([leads.number[leads.twin_of[merged]], np.full(len(deleted), -1)])
    change = np.repeat(np.array(["merged", "deleted"], object), [len(merged), len(deleted)])
    return pd.DataFrame({"lead": leads.number[np.concatenate([merged, deleted])], "at": at, "change": change, "into": into})
