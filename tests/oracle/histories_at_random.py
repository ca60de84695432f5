"""Histories at random: a few leads over a few weeks around a clock change or a holiday, with all that goes wrong in a CRM."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.cases import Case, oracle_rows
from tests.oracle.facts import Absence, Activated, Event, Person, Ruling
from tests.oracle.promises_at_random import CALENDARS, cadences, deadlines, quotas, ratios, replaced, versioned

MICRO = timedelta(microseconds=1)
WEEKS = {
    "plain": datetime(2026, 1, 12, tzinfo=UTC),
    "new york spring": datetime(2026, 3, 2, tzinfo=UTC),
    "berlin spring": datetime(2026, 3, 23, tzinfo=UTC),
    "lord howe autumn and easter": datetime(2026, 3, 30, tzinfo=UTC),
    "lord howe spring": datetime(2026, 9, 28, tzinfo=UTC),
    "berlin autumn": datetime(2026, 10, 19, tzinfo=UTC),
    "new york autumn": datetime(2026, 10, 26, tzinfo=UTC),
    "christmas": datetime(2026, 12, 21, tzinfo=UTC),
}
CLOCKS = [0, 59, 60, 90, 150, 210, 359, 360, 420, 480, 510, 540, 600, 660, 745, 780, 840, 899, 900, 960, 1020, 1080, 1230, 1260, 1320, 1410]
HOURS = [0, 0, 0, 0.5, 0.5, 1, 2, 2, 4, 8, 16, 22, 24, 24, 26, 48, 70, 96]
STEPS = [*(timedelta(hours=hours) for hours in HOURS), timedelta(minutes=7), MICRO, timedelta(minutes=1)]
PEOPLE = ("rita", "ben", "cleo", "queue", "ghost")
LEADS = ("ada", "bea", "cid")
KINDS = ["stage"] * 4 + ["activity"] * 4 + ["touch", "owner", "owner", "owner", "attribute", "attribute", "deleted", "restored", "merged"]
CUES = (
    "start",
    "start",
    "met_by",
    "met_by",
    "attempt",
    "attempt",
    "attempt",
    "attempt",
    "cancelled_by",
    "ended_by",
    "counts",
    "of",
    "reach",
    "reversed_by",
)
Pattern = Mapping[str, Any]
LAGS = [timedelta(hours=hours) for hours in (0, -0.15, 0.5, 1, 2, 24, 25, 96)]
VALUES = {"amount": ["100", "4999.5", "20000", "20000.0", "a lot"], "intent": ["hot", "warm", "cold"], "region": ["emea", "us", "apac"]}


@st.composite
def _people(draw: st.DrawFn) -> tuple[Person, ...]:
    calendar = st.sampled_from([None, None, *CALENDARS])
    team = st.sampled_from(["emea", "us", None])
    humans = [Person(name, draw(team), draw(calendar), draw(st.integers(0, 5)) < 5) for name in PEOPLE[:3]]
    return (*humans, Person("queue", human=False))


def _cues(definitions: Iterable[Pattern]) -> list[Pattern]:
    """The patterns that promises wait for, those that matter most more than once."""
    clauses = [terms[key] for terms in definitions for key in CUES if key in terms]
    return [pattern for clause in clauses for pattern in (clause if isinstance(clause, list) else [clause])]


def _activity(draw: st.DrawFn) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": draw(st.sampled_from(["call", "email", "meeting", "reply"])),
        "actor": draw(st.sampled_from(["rita", "rita", "rita", *PEOPLE, None])),
        "direction": draw(st.sampled_from(["outbound", "outbound", "outbound", "inbound", None])),
        "automated": draw(st.integers(0, 7)) == 7,
    }
    if draw(st.integers(0, 2)) == 2:
        said |= {
            "seconds": float(draw(st.sampled_from([0, 29, 30, 300]))),
            "outcome": draw(st.sampled_from(["connected", "held", "missed"])),
        }
    return said


def _cued(draw: st.DrawFn, pattern: Pattern, lead: str) -> tuple[str, dict[str, Any]]:
    """An event that a pattern means, or nearly."""
    kind = next(kind for kind in ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted") if kind in pattern)
    said = _said(draw, kind, lead)
    if kind in {"stage", "activity", "touch", "attribute"}:
        said["name"] = draw(st.sampled_from(_list(pattern[kind])))
    if kind == "activity":
        said |= {"automated": pattern.get("automated", draw(st.integers(0, 15)) == 15)}
        said |= {"direction": pattern["direction"]} if "direction" in pattern else {}
        said |= {"seconds": 60.0} if "min_seconds" in pattern else {}
        said |= {"outcome": pattern["outcome"][0]} if "outcome" in pattern else {}
    if kind == "attribute":
        said["value"] = draw(st.sampled_from(_list(pattern.get("to", VALUES[said["name"]]))))
    return kind, said


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _said(draw: st.DrawFn, kind: str, lead: str) -> dict[str, Any]:
    """What an event of a kind says."""
    if kind == "stage":
        stages = ["mql", "mql", "mql", "sal", "sql", "nurture", "disqualified", "recycled"]
        return {"name": draw(st.sampled_from(stages)), "actor": draw(st.sampled_from([None, "rita", "import"]))}
    if kind == "activity":
        return _activity(draw)
    if kind == "touch":
        return {"name": draw(st.sampled_from(["form", "visit"])), "asset": draw(st.sampled_from([None, "demo request", "ebook"]))}
    if kind == "owner":
        return {"value": draw(st.sampled_from([*PEOPLE, None]))}
    if kind == "attribute":
        name = draw(st.sampled_from(sorted(VALUES)))
        return {"name": name, "value": draw(st.sampled_from([*VALUES[name], *VALUES[name], "", None]))}
    return {"value": draw(st.sampled_from([other for other in LEADS if other != lead]))} if kind == "merged" else {}


@st.composite
def _event(draw: st.DrawFn, number: int, at: datetime, cues: list[Pattern]) -> Event:
    lead = draw(st.sampled_from(["ada", "ada", "ada", *LEADS]))
    if draw(st.integers(0, 2)):
        kind, said = _cued(draw, draw(st.sampled_from(cues)), lead)
    else:
        kind = draw(st.sampled_from(KINDS))
        said = _said(draw, kind, lead)
    if draw(st.integers(0, 4)) == 4:
        said["recorded_at"] = at + draw(st.sampled_from(LAGS))
    if draw(st.integers(0, 9)) == 9:
        said["seen_at"] = said.get("recorded_at", at) + draw(st.sampled_from([timedelta(minutes=1), timedelta(days=1), timedelta(days=-3)]))
    if draw(st.integers(0, 4)) == 4:
        name = draw(st.sampled_from(sorted(VALUES)))
        said["attributes"] = {name: draw(st.sampled_from(VALUES[name]))}
    return Event(lead, at, kind, id=f"e{number}", place=(draw(st.integers(0, 99)) * 100 + number,), **said)


@st.composite
def _known_from_the_start(draw: st.DrawFn, monday: datetime, *, owned: bool) -> list[Event]:
    """What was before: every attribute, and whether anybody says who owns leads, is known from the start."""
    at = monday - timedelta(days=40)
    first = Event("old", at, "touch", "visit", id="old", place=(0,), attributes={name: values[0] for name, values in VALUES.items()})
    if not owned:
        return [first]
    holders = {"old": "rita"} | {lead: draw(st.sampled_from(["rita", "rita", "ben", "queue", "nobody yet"])) for lead in LEADS}
    given = enumerate((lead, owner) for lead, owner in holders.items() if owner != "nobody yet")
    return [first, *(Event(lead, at, "owner", value=owner, id=f"held {lead}", place=(n + 1,)) for n, (lead, owner) in given)]


@st.composite
def _import(draw: st.DrawFn, monday: datetime) -> list[Event]:
    """Now and then a bulk import: a handful of leads by one actor within minutes."""
    if draw(st.integers(0, 7)) < 7:
        return []
    at, actor = monday + timedelta(minutes=draw(st.sampled_from(CLOCKS))), draw(st.sampled_from(["import", "import", None]))
    steps = draw(st.lists(st.sampled_from([0, 1, 10, 11]), min_size=2, max_size=5))
    ats = [at + timedelta(minutes=sum(steps[: n + 1])) for n in range(len(steps))]
    return [Event(f"bulk{n}", each, "stage", "mql", id=f"b{n}", place=(50 + n,), actor=actor) for n, each in enumerate(ats)]


@st.composite
def _times(draw: st.DrawFn, monday: datetime) -> list[datetime]:
    """One thing after the other, sometimes at once, and now and then a new day."""
    at = monday + timedelta(days=draw(st.integers(-1, 5)), minutes=draw(st.sampled_from(CLOCKS)))
    found = []
    for _ in range(draw(st.integers(2, 22))):
        at += draw(st.sampled_from(STEPS))
        if draw(st.integers(0, 9)) == 9:
            at = at.replace(hour=0, minute=0) + timedelta(days=draw(st.integers(-1, 3)), minutes=draw(st.sampled_from(CLOCKS)))
        found.append(at)
    return found


@st.composite
def histories(draw: st.DrawFn, monday: datetime, cues: list[Pattern]) -> tuple[Event, ...]:
    """Everything that happened from a Monday on."""
    events = [draw(_event(number, at, cues)) for number, at in enumerate(draw(_times(monday)))]
    owned = bool(draw(st.integers(0, 5)))
    if not owned:
        events = [event for event in events if event.kind != "owner"]
    return (*draw(_known_from_the_start(monday, owned=owned)), *draw(_import(monday)), *events)


@st.composite
def _absences(draw: st.DrawFn, monday: datetime) -> tuple[Absence, ...]:
    spans = st.tuples(st.sampled_from(PEOPLE[:3]), st.integers(-20, 300), st.integers(1, 150))
    drawn = draw(st.lists(spans, max_size=3))
    return tuple(Absence(name, monday + timedelta(hours=a), monday + timedelta(hours=a + length)) for name, a, length in drawn)


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = ("deadline", "cadence", "quota", "ratio")) -> Case:
    """Promises of one or two kinds over a history, with people, absences, excuses and accepted evidence."""
    monday = WEEKS[draw(st.sampled_from(sorted(WEEKS)))]
    makers = {"deadline": deadlines, "cadence": cadences, "quota": quotas, "ratio": ratios}
    changes = [f"{monday + timedelta(days=day):%Y-%m-%d}" for day in (2, 6, 7, 9)]
    promised = [
        draw(versioned(makers[kind](), changes)) for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True))
    ]
    events = draw(histories(monday, _cues(terms for versions in promised for terms in versions)))
    rulings = st.lists(st.tuples(st.sampled_from([e.id for e in events]), st.integers(0, 16)), max_size=2)
    slas = sorted({terms["sla"] for versions in promised for terms in versions})
    excused = draw(rulings)
    later = [(terms["sla"], terms["effective_from"]) for versions in promised for terms in versions[1:]]
    return Case(
        definitions=tuple(terms for versions in promised for terms in versions),
        calendars=CALENDARS,
        events=events,
        people=draw(_people()),
        absences=draw(_absences(monday)),
        default_calendar=draw(st.sampled_from(sorted(CALENDARS))),
        team_calendars=draw(st.sampled_from([(), (("emea", "night"),), (("us", "lunch"), ("emea", "office"))])),
        excuses=tuple(Ruling(event, monday + timedelta(days=day), sla) for event, day in excused for sla in slas),
        accepted=tuple(Ruling(event, monday + timedelta(days=day)) for event, day in draw(rulings)),
        activated=draw(_activated(later, monday)) if later else (),
    )


@st.composite
def _activated(draw: st.DrawFn, later: list[tuple[str, str]], monday: datetime) -> tuple[Activated, ...]:
    """Now and then a later version is put on open cycles."""
    hours = st.integers(0, 24 * 14)
    drawn = draw(st.lists(st.tuples(st.sampled_from(later), hours), max_size=2))
    return tuple(Activated(sla, version, monday + timedelta(hours=hour)) for (sla, version), hour in drawn)


@st.composite
def put_on_open_cycles(draw: st.DrawFn, kind: str) -> tuple[Case, list[datetime]]:
    """A case whose promise is replaced while leads wait, by a version that is put on what is open, with instants to judge it at."""
    case = draw(cases((kind,)))
    monday = min(event.at for event in case.events if event.id != "old" and not event.id.startswith("held"))
    changes = [f"{monday + timedelta(days=day):%Y-%m-%d}" for day in (1, 2, 3)]
    old, new = draw(replaced({"deadline": deadlines, "cadence": cadences}[kind](), changes))
    leads = [Event(lead, monday, "stage", "mql", id=f"asked {lead}", place=(60 + n,)) for n, lead in enumerate(LEADS)]
    put = Activated(old["sla"], new["effective_from"], monday + timedelta(hours=draw(st.integers(0, 72))))
    case = replace(case, definitions=(old, new), events=(*case.events, *leads), activated=(put,))
    final = max(event.at for event in case.events) + timedelta(days=draw(st.sampled_from([0, 1, 40])))
    return case, [final, *(put.at + step for step in (timedelta(), -MICRO))]


@st.composite
def looked_at(draw: st.DrawFn, kinds: tuple[str, ...] = ("deadline", "cadence", "quota", "ratio")) -> tuple[Case, list[datetime]]:
    """A case with instants to judge it at: some of its own, exactly at dues and just after, and when all is over.

    Some dues draw an answer or a cancellation to exactly themselves.
    """
    case = draw(cases(kinds))
    final = max(event.at for event in case.events) + timedelta(days=draw(st.sampled_from([0, 1, 40])))
    dues = [datetime.fromisoformat(row["due_at"]) for row in oracle_rows(case, final)[0] if row["due_at"]]
    ats = [event.at for event in case.events]
    is_drawn = draw(st.integers(0, 1)) == 1
    if dues and is_drawn:
        at = draw(st.sampled_from(dues)) + draw(st.sampled_from([timedelta(), MICRO, -MICRO]))
        lead = draw(st.sampled_from(LEADS))
        kind, said = _cued(draw, draw(st.sampled_from(_cues(case.definitions))), lead)
        event = Event(lead, at, kind, id="at due", place=(999,), **said)
        case = replace(case, events=(*case.events, event))
    moments = [at + step for at in [*dues, *draw(st.lists(st.sampled_from(ats), min_size=1, max_size=1))] for step in (timedelta(), MICRO)]
    return case, [final, *draw(st.lists(st.sampled_from(moments), max_size=3))]
