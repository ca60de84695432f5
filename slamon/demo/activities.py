"""What the CRM logged of the synthetic company's work: calls, mails, replies and meetings, and the buyers' own touches."""

import numpy as np
import pandas as pd

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, NEVER, SECOND, Instants
from slamon.demo.company import ROUTER, SEQUENCER, Bools, Company, Floats, Ints
from slamon.demo.journeys import ATTEMPTS, Draw, Journeys
from slamon.demo.leads import HOT, Leads

HAND_RAISES = ("demo request", "pricing request", "contact sales")
ASSETS = {
    "form": ("newsletter", "event calendar", "partner directory", "product updates"),
    "download": (
        "The 5-minute lead",
        "Pipeline hygiene checklist",
        "Buyer's guide 2026",
        "Cost of a slow answer",
        "Benchmarks: B2B funnels",
    ),
    "webinar": ("Forecasting without tears", "Live: routing in practice", "What good follow-up looks like", "RevOps round table"),
    "visit": ("/pricing", "/customers", "/integrations", "/security", "/blog/speed-to-lead", "/compare"),
}
KINDS = tuple(ASSETS)
CALL_FIRST, ALTERNATES, VOICEMAIL, MAILED_AFTER_CALL = 0.62, 0.82, 0.45, 0.2
"""Shares of first attempts that are calls, of reps who alternate, of calls that end on a voicemail or are followed by a mail."""
LOGGED_LATE, THANKED, NURTURED = 0.03, 0.7, 0.3
"""Shares of activities logged a day or more late, and of leads that get the sequencer's first and second mail."""
_UNTIMED = np.array([""], object)


def activities(company: Company, leads: Leads, journeys: Journeys) -> pd.DataFrame:
    """Calls, mails, replies and meetings: lead, at, recorded_at, type, direction, by, seconds, outcome, automated; not cut yet."""
    pieces = (
        _attempts(company, journeys),
        _paired_mails(company, journeys),
        _replies(journeys),
        _meetings(company, journeys),
        _automated_mails(journeys),
    )
    rows = pd.concat(pieces, ignore_index=True)
    rows["lead"] = leads.number[rows["lead"].to_numpy()]
    return rows


def _actor(journeys: Journeys, rows: Ints, at: Instants) -> Ints:
    """Who held each cycle at an instant: a rep's number."""
    moved = (journeys.reassigned[rows] != NEVER) & (journeys.reassigned[rows] <= at)
    return np.where(moved, journeys.next_rep[rows], journeys.rep[rows])


def _by(company: Company, rep: Ints) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    return np.array([person.id for person in company.reps], object)[rep]


def _present(company: Company, rep: Ints, at: Instants) -> Bools:
    """Whether the rep was at work; whoever is on leave makes no attempts."""
    there: Bools = company.leave.return_of(rep, at) == NEVER
    return there


def _calls(journeys: Journeys) -> Bools:
    """Which attempts are calls, the others being mails; of shape (n, 6)."""
    draws = journeys.cycles.draws[:, Draw.CHANNEL : Draw.CHANNEL + ATTEMPTS]
    first = draws[:, :1] < CALL_FIRST
    odd = np.arange(ATTEMPTS)[None, :] % 2 == 1
    calls: Bools = np.where(draws < ALTERNATES, first ^ odd, ~first ^ odd)
    return calls


def _logged(at: Instants, draws: Floats) -> Instants:
    """When the CRM stored it: mostly within minutes, sometimes days after."""
    late = draws < LOGGED_LATE
    quick = (5 + 600 * draws).astype(np.int64) * SECOND
    return at + np.where(late, 25 * HOUR + (draws / LOGGED_LATE * 46 * HOUR).astype(np.int64) // SECOND * SECOND, quick)


def _frame(lead: Ints, at: Instants, recorded_at: Instants, **texts: object) -> pd.DataFrame:
    return pd.DataFrame({"lead": lead, "at": at, "recorded_at": recorded_at, **texts})


def _attempts(company: Company, journeys: Journeys) -> pd.DataFrame:
    rows, number = np.nonzero(journeys.attempts != NEVER)
    at = journeys.attempts[rows, number]
    rep = _actor(journeys, rows, at)
    there = _present(company, rep, at)
    rows, number, at, rep = rows[there], number[there], at[there], rep[there]
    draws = journeys.cycles.draws
    call = _calls(journeys)[rows, number]
    reached = journeys.reached_by[rows] == number
    length = draws[rows, Draw.TIME + number]
    seconds = np.where(reached, 80 + 900 * length, 6 + 35 * length).astype(np.int64).astype(str).astype(object)
    unanswered = np.where(length < VOICEMAIL, "voicemail", "no answer")
    return _frame(
        journeys.cycles.lead[rows], at, _logged(at, draws[rows, Draw.LATE + number]),
        type=np.where(call, "call", "email"), direction="outbound", by=_by(company, rep), seconds=np.where(call, seconds, _UNTIMED),
        outcome=np.where(call, np.where(reached, "connected", unanswered), "sent"), automated="false",
    )  # fmt: skip


def _paired_mails(company: Company, journeys: Journeys) -> pd.DataFrame:
    """A short mail some minutes after a call that nobody answered."""
    draws = journeys.cycles.draws
    late = np.arange(ATTEMPTS)[None, :] == journeys.reached_by[:, None]
    paired = (draws[:, Draw.PAIRED : Draw.PAIRED + ATTEMPTS] < MAILED_AFTER_CALL) & _calls(journeys) & ~late & (journeys.attempts != NEVER)
    rows, number = np.nonzero(paired)
    at = journeys.attempts[rows, number] + (2 + 9 * draws[rows, Draw.TIME + number]).astype(np.int64) * MINUTE
    rep = _actor(journeys, rows, at)
    there = _present(company, rep, at)
    rows, number, at, rep = rows[there], number[there], at[there], rep[there]
    return _frame(
        journeys.cycles.lead[rows], at, at + 20 * SECOND,
        type="email", direction="outbound", by=_by(company, rep), seconds="", outcome="sent", automated="false",
    )  # fmt: skip


def _replies(journeys: Journeys) -> pd.DataFrame:
    """What the buyers wrote back once they were reached."""
    rows = np.flatnonzero(journeys.contact != NEVER)
    at = journeys.contact[rows]
    return _frame(
        journeys.cycles.lead[rows], at, at + 15 * SECOND,
        type="reply", direction="inbound", by="", seconds="", outcome="", automated="false",
    )  # fmt: skip


def _meetings(company: Company, journeys: Journeys) -> pd.DataFrame:
    """The meeting on which an SQL rests, an hour and more before it."""
    rows = np.flatnonzero(journeys.sql != NEVER)
    at = np.maximum(journeys.sql[rows] - 75 * MINUTE, journeys.contact[rows] + 10 * MINUTE)
    there = _present(company, _actor(journeys, rows, at), at)
    rows, at = rows[there], at[there]
    length = (1_200 + 2_400 * journeys.cycles.draws[rows, Draw.OPPORTUNITY]).astype(np.int64).astype(str).astype(object)
    return _frame(
        journeys.cycles.lead[rows], at, at + 65 * MINUTE,
        type="meeting", direction="outbound", by=_by(company, _actor(journeys, rows, at)),
        seconds=length, outcome="held", automated="false",
    )  # fmt: skip


def _automated_mails(journeys: Journeys) -> pd.DataFrame:
    """The sequencer thanks at once and writes again two days later: machines' mails, which keep no promise."""
    draws = journeys.cycles.draws[:, Draw.ROUTING]
    thanked, nurtured = np.flatnonzero(draws < THANKED), np.flatnonzero(draws < NURTURED)
    rows = np.concatenate([thanked, nurtured])
    wait = np.concatenate([np.full(len(thanked), MINUTE), np.full(len(nurtured), 2 * DAY)])
    at = journeys.cycles.mql[rows] + wait
    return _frame(
        journeys.cycles.lead[rows], at, at + SECOND,
        type="email", direction="outbound", by=SEQUENCER, seconds="", outcome="sent", automated="true",
    )  # fmt: skip


def touches(leads: Leads, again: Journeys, random: np.random.Generator) -> pd.DataFrame:
    """Marketing touches: lead, at, touch, asset; the first rows are the leads' creations, and one precedes every qualification."""
    count = len(leads.created)
    more = np.minimum(random.geometric(0.32, count) - 1, 12)
    rows = np.repeat(np.arange(count), more)
    when, kind, asset = random.random((3, count * 12))[:, : len(rows)]
    until = np.where(leads.mql[rows] == NEVER, leads.created[rows] + 25 * DAY, leads.mql[rows] + 9 * DAY)
    wandering = leads.created[rows] + ((until - leads.created[rows]) * when).astype(np.int64) // SECOND * SECOND
    wandering_kind = np.searchsorted([0.07, 0.25, 0.36], kind)
    qualified = np.flatnonzero((leads.mql != NEVER) & (leads.mql - leads.created > 2 * MINUTE))
    back = again.cycles.lead
    every = np.arange(count)
    lead = np.concatenate([every, rows, qualified, back])
    at = np.concatenate([leads.created, wandering, leads.mql[qualified] - 25 * SECOND, again.cycles.mql - 35 * SECOND])
    kinds = np.concatenate([every * 0, wandering_kind, 1 + qualified % 2, 1 + back % 2])
    picks = np.concatenate([random.random(count), asset, random.random(count)[qualified], random.random(count)[back]])
    raised = np.concatenate([(leads.intent == HOT) & ~leads.imported, np.zeros(len(rows) + len(qualified) + len(back), bool)])
    return pd.DataFrame({"lead": leads.number[lead], "at": at, **_named(kinds, picks, raised)})


def _named(kinds: Ints, picks: Floats, raised: Bools) -> dict[str, object]:
    """The touch and its asset in words; raised hands are forms that ask for sales."""
    asset = np.empty(len(kinds), object)
    for number, kind in enumerate(KINDS):
        names = np.array(ASSETS[kind], object)
        asset[kinds == number] = names[(picks[kinds == number] * len(names)).astype(np.int64)]
    asked = np.array(HAND_RAISES, object)[(picks * len(HAND_RAISES)).astype(np.int64)]
    return {"touch": np.array(KINDS, object)[kinds], "asset": np.where(raised, asked, asset)}


def owners(company: Company, leads: Leads, journeys: Journeys) -> pd.DataFrame:
    """Assignments: lead, at, owner, by; the router's first one and, for some, a colleague's."""
    moved = np.flatnonzero(journeys.reassigned != NEVER)
    lead = np.concatenate([journeys.cycles.lead, journeys.cycles.lead[moved]])
    at = np.concatenate([journeys.assigned, np.maximum(journeys.reassigned[moved], journeys.assigned[moved] + MINUTE)])
    owner = np.concatenate([_by(company, journeys.rep), _by(company, journeys.next_rep[moved])])
    manager = np.array([f"sm-{team + 1:02}" for team in journeys.cycles.team[moved].tolist()], object)
    by = np.concatenate([np.full(len(journeys.rep), ROUTER, object), manager])
    return pd.DataFrame({"lead": leads.number[lead], "at": at, "owner": owner, "by": by})
