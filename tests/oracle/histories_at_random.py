"""Histories at random: a few leads over a few weeks around a clock change or a holiday, with all that goes wrong in a CRM."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.cases import Case, oracle_rows
from tests.oracle.facts import Absence, Event, Person, Ruling
from tests.oracle.promises_at_random import CALENDARS, cadences, deadlines, quotas, ratios, versioned

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
STEPS = [timedelta(), timedelta(minutes=7), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=26), timedelta(days=3), MICRO]
PEOPLE = ("rita", "ben", "cleo", "queue", "ghost")
LEADS = ("ada", "bea", "cid")
KINDS = ["stage"] * 6 + ["activity"] * 6 + ["touch"] * 2 + ["owner"] * 3 + ["attribute"] * 2 + ["deleted", "restored", "merged"]
VALUES = {"amount": ["100", "4999.5", "20000", "20000.0", "a lot"], "intent": ["hot", "warm", "cold"], "region": ["emea", "us", "apac"]}


@st.composite
def _people(draw: st.DrawFn) -> tuple[Person, ...]:
    calendar = st.sampled_from([None, None, *CALENDARS])
    team = st.sampled_from(["emea", "us", None])
    humans = [Person(name, draw(team), draw(calendar), draw(st.integers(0, 5)) < 5) for name in PEOPLE[:3]]
    return (*humans, Person("queue", human=False))


@st.composite
def _instants(draw: st.DrawFn, monday: datetime) -> list[datetime]:
    """A small pool, so that ties happen."""
    day, clock = st.integers(-1, 16), st.sampled_from(CLOCKS)
    drawn = draw(st.lists(st.tuples(day, clock), min_size=3, max_size=9))
    return [monday + timedelta(days=days, minutes=minutes) for days, minutes in drawn]


def _activity(draw: st.DrawFn) -> dict[str, Any]:
    said = {
        "name": draw(st.sampled_from(["call", "email", "meeting", "reply"])),
        "actor": draw(st.sampled_from([*PEOPLE, None])),
        "direction": draw(st.sampled_from(["outbound", "outbound", "inbound", None])),
        "automated": draw(st.integers(0, 7)) == 7,
    }
    if draw(st.integers(0, 2)) == 2:
        said |= {
            "seconds": float(draw(st.sampled_from([0, 29, 30, 300]))),
            "outcome": draw(st.sampled_from(["connected", "held", "missed"])),
        }
    return said


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
        return {"name": name, "value": draw(st.sampled_from(VALUES[name]))}
    return {"value": draw(st.sampled_from([other for other in LEADS if other != lead]))} if kind == "merged" else {}


@st.composite
def _event(draw: st.DrawFn, number: int, pool: list[datetime]) -> Event:
    lead, kind = draw(st.sampled_from(LEADS)), draw(st.sampled_from(KINDS))
    at = draw(st.sampled_from(pool)) + draw(st.sampled_from(STEPS))
    more: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 3:
        more["recorded_at"] = at + draw(
            st.sampled_from(
                [timedelta(), timedelta(minutes=-9), timedelta(hours=2), timedelta(hours=24), timedelta(hours=25), timedelta(days=4)]
            )
        )
    if draw(st.integers(0, 5)) == 5:
        more["seen_at"] = more.get("recorded_at", at) + draw(st.sampled_from([timedelta(minutes=1), timedelta(days=1), timedelta(days=-3)]))
    if draw(st.integers(0, 3)) == 3:
        name = draw(st.sampled_from(sorted(VALUES)))
        more["attributes"] = {name: draw(st.sampled_from(VALUES[name]))}
    return Event(lead, at, kind, id=f"e{number}", place=(draw(st.integers(0, 99)) * 100 + number,), **more, **_said(draw, kind, lead))


def _known_from_the_start(monday: datetime, *, owned: bool) -> list[Event]:
    """A lead of long ago, so that every attribute, and whether anybody says who owns leads, is known from the start."""
    at = monday - timedelta(days=40)
    first = Event("old", at, "touch", "visit", id="old", place=(0,), attributes={name: values[0] for name, values in VALUES.items()})
    return [first, *([Event("old", at, "owner", value="rita", id="held", place=(1,))] if owned else [])]


@st.composite
def _import(draw: st.DrawFn, pool: list[datetime]) -> list[Event]:
    """Now and then a bulk import: a handful of leads by one actor within minutes."""
    if draw(st.integers(0, 7)) < 7:
        return []
    at, actor = draw(st.sampled_from(pool)), draw(st.sampled_from(["import", None]))
    steps = draw(st.lists(st.sampled_from([0, 1, 10, 11]), min_size=2, max_size=5))
    ats = [at + timedelta(minutes=sum(steps[: n + 1])) for n in range(len(steps))]
    return [Event(f"bulk{n}", each, "stage", "mql", id=f"b{n}", place=(50 + n,), actor=actor) for n, each in enumerate(ats)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, tuple[Event, ...]]:
    """The Monday of the first week, and everything that happened."""
    monday = WEEKS[draw(st.sampled_from(sorted(WEEKS)))]
    pool = draw(_instants(monday))
    count = draw(st.integers(2, 22))
    events = [draw(_event(number, pool)) for number in range(count)]
    owned = draw(st.integers(0, 5)) < 5
    if not owned:
        events = [event for event in events if event.kind != "owner"]
    return monday, (*_known_from_the_start(monday, owned=owned), *draw(_import(pool)), *events)


@st.composite
def _absences(draw: st.DrawFn, monday: datetime) -> tuple[Absence, ...]:
    spans = st.tuples(st.sampled_from(PEOPLE[:3]), st.integers(-20, 300), st.integers(1, 150))
    drawn = draw(st.lists(spans, max_size=3))
    return tuple(Absence(name, monday + timedelta(hours=a), monday + timedelta(hours=a + length)) for name, a, length in drawn)


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = ("deadline", "cadence", "quota", "ratio")) -> Case:
    """Promises of one or two kinds over a history, with people, absences, excuses and accepted evidence."""
    monday, events = draw(histories())
    makers = {"deadline": deadlines, "cadence": cadences, "quota": quotas, "ratio": ratios}
    changes = [f"{monday + timedelta(days=day):%Y-%m-%d}" for day in (2, 6, 7, 9)]
    promised = [
        draw(versioned(makers[kind](), changes)) for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True))
    ]
    rulings = st.lists(st.tuples(st.sampled_from([e.id for e in events]), st.integers(0, 16)), max_size=2)
    slas = sorted({terms["sla"] for versions in promised for terms in versions})
    excused = draw(rulings)
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
    )


@st.composite
def looked_at(draw: st.DrawFn, kinds: tuple[str, ...] = ("deadline", "cadence", "quota", "ratio")) -> tuple[Case, list[datetime]]:
    """A case with instants to judge it at: some of its own, exactly at dues and just after, and when all is over.

    Some dues draw an answer or a cancellation to exactly themselves.
    """
    case = draw(cases(kinds))
    final = max(event.at for event in case.events) + timedelta(days=draw(st.sampled_from([0, 1, 40])))
    dues = [datetime.fromisoformat(row["due_at"]) for row in oracle_rows(case, final)[0] if row["due_at"]]
    ats = [event.at for event in case.events]
    if dues and draw(st.booleans()):
        at = draw(st.sampled_from(dues)) + draw(st.sampled_from([timedelta(), MICRO, -MICRO]))
        kind = draw(st.sampled_from(["activity", "stage"]))
        event = Event(draw(st.sampled_from(LEADS)), at, kind, id="at due", place=(999,), **_said(draw, kind, ""))
        case = replace(case, events=(*case.events, event))
    moments = [at + step for at in [*dues, *draw(st.lists(st.sampled_from(ats), min_size=1, max_size=1))] for step in (timedelta(), MICRO)]
    return case, [final, *draw(st.lists(st.sampled_from(moments), max_size=3))]
