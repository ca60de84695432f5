"""Promises of all four kinds at random, with every clause that the rules know, and the calendars that they run on."""

from typing import Any

from hypothesis import strategies as st

Terms = dict[str, Any]
CALENDARS: dict[str, Terms] = {
    "office": {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:00"]}},
    "plain": {"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}},
    "lunch": {
        "timezone": "America/New_York",
        "hours": {"mon-fri": ["08:30-12:00", "13:00-17:30"], "sat": ["10:00-14:00"]},
        "holidays": {"country": "US", "add": ["2026-03-13"], "remove": ["2026-10-12"]},
    },
    "night": {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["22:00-06:00"]}, "holidays": {"country": "DE", "subdivision": "BY"}},
    "island": {
        "timezone": "Australia/Lord_Howe",
        "hours": {"mon-thu": ["07:45-16:15"], "fri": ["07:45-24:00"], "sun": ["00:30-03:30"]},
        "holidays": {"country": "AU", "subdivision": "NSW"},
        "special_days": {"2026-04-03": ["10:00-11:00"], "2026-10-03": ["22:00-04:00"]},
    },
    "odd": {
        "timezone": "Europe/Berlin",
        "hours": {"mon": ["09:00-12:00", "11:00-15:00"], "wed": ["00:00-24:00"], "sat": ["20:00-02:00"], "sun": ["01:00-09:00"]},
        "breaks": {"2026-03-25": ["10:00-13:00"], "2026-10-25": ["02:15-02:45"]},
        "special_days": {"2026-03-30": [], "2026-10-26": ["06:00-07:00"]},
    },
    "always": {"timezone": "America/New_York", "hours": {"mon-sun": ["00:00-24:00"]}},
}
OWN = [*CALENDARS, "owner"]
LENGTHS = ["30wm", "2wh", "4wh", "11wh", "1wd", "2wd", "5wd", "15m", "90m", "6h", "24h", "3d"]
WHEN = [
    {"amount": {"at_least": 20000}},
    {"intent": ["hot", "warm"]},
    {"region": {"not": "emea"}},
    {"amount": {"above": 100, "below": 5000}},
]
FILTERS = [*WHEN, {"intent": {"matches": "h*"}}, {"budget": {"at_least": 1}}, {"amount": {"at_most": 20000}, "region": "emea"}]
STARTS = [
    {"stage": "mql"},
    {"stage": ["mql", "sal"]},
    {"touch": "form"},
    [{"stage": "mql"}, {"touch": "form", "asset": "demo*"}],
    {"owner": "unassigned"},
]
ANSWERS = [
    {"activity": "call", "direction": "outbound"},
    {"activity": ["call", "email"], "direction": "outbound", "by": "owner"},
    {"activity": ["call", "email", "meeting"], "by": "team"},
    {"activity": "call", "direction": "outbound", "min_seconds": 30},
    {"activity": ["call", "meeting"], "outcome": ["connected", "held"]},
    {"activity": "email", "direction": "outbound", "automated": True},
    [{"stage": ["sal", "sql"]}, {"activity": "reply", "direction": "inbound"}],
    {"owner": "assigned"},
    {"attribute": "intent", "to": ["hot", "warm"]},
    {"attribute": "region"},
]
ENDS = [
    {"stage": ["disqualified", "recycled"]},
    [{"stage": "disqualified"}, {"merged": True}, {"deleted": True}],
    {"attribute": "intent", "to": "cold"},
    {"owner": "unassigned"},
]
ENDED_BY = [*ENDS, {"activity": "reply", "direction": "inbound"}, [{"activity": ["email", "meeting"]}, {"stage": "sql"}]]
STANDS = [{"stage": "nurture"}, "unassigned", "holder away", [{"stage": ["nurture", "recycled"]}, "unassigned", "holder away"]]
WINDOWS = [
    ("5wd", None),
    ("10wd", "2wd"),
    ("8wd", "1wd"),
    ("10wd", "4wh"),
    ("4wd", "20h"),
    ("20wh", None),
    ("24wh", "3wh"),
    ("24wh", "1wd"),
]
WINDOWS += [("72h", "12h"), ("5d", "1wd"), ("5d", "6wh"), ("600wm", "90wm"), ("300m", "45m")]
RATIO_MATURES = ["3d", "7d", "5wd", "20wh"]
KNOWN_FOR = [
    {"intent": ["hot", "warm"]},
    {"region": "emea"},
    {"amount": {"at_least": 4999.5}},
    {"region": {"not": "us"}},
    {"amount": {"below": 20000, "not": 100}, "intent": {"not": "cold"}},
    {"intent": {"matches": "*o*"}, "region": ["us", "apac"]},
    {"amount": {"above": 100}, "region": "emea"},
    {"budget": {"at_least": 1}},
    {"budget": {"not": 1}, "region": "emea"},
]


def _maybe(draw: st.DrawFn, terms: Terms, key: str, values: list[Any], *, odds: int = 4) -> None:
    """Add a clause in one of so many cases; the first choice, which examples shrink to, is to leave it out."""
    if draw(st.integers(0, odds - 1)) == odds - 1:
        terms[key] = draw(st.sampled_from(values))


def _common(draw: st.DrawFn, kind: str, sla: str) -> Terms:
    terms: Terms = {"sla": sla, "kind": kind, "effective_from": "2025-01-01", "calendar": draw(st.sampled_from(OWN))}
    _maybe(draw, terms, "applies_to", FILTERS, odds=6)
    return terms


@st.composite
def deadlines(draw: st.DrawFn, sla: str = "deadline") -> Terms:
    """B within T of A."""
    terms = _common(draw, "deadline", sla)
    terms |= {"start": draw(st.sampled_from(STARTS)), "met_by": draw(st.sampled_from(ANSWERS)), "within": draw(st.sampled_from(LENGTHS))}
    if draw(st.integers(0, 3)) == 3:
        chosen = draw(st.lists(st.tuples(st.sampled_from(FILTERS), st.sampled_from(LENGTHS)), min_size=1, max_size=2))
        terms["targets"] = [{"when": when, "within": within} for when, within in chosen]
    lengths = [terms["within"], *(target["within"] for target in terms.get("targets", []))]
    if any(length.endswith("wd") for length in lengths):
        _maybe(draw, terms, "close_of_business", [True], odds=3)
    _maybe(draw, terms, "hand_raise", [{"touch": "form"}, {"touch": ["form", "visit"], "asset": "demo*"}])
    _maybe(draw, terms, "credit_before", ["2h", "3d", "4wh", "1wd"])
    _maybe(draw, terms, "debounce", ["15m", "2h", "3d", "4wh", "1wd"], odds=3)
    _maybe(draw, terms, "cancelled_by", ENDS, odds=2)
    if draw(st.integers(0, 2)) == 2:
        terms["pause"] = {"while": draw(st.sampled_from(STANDS))}
    _maybe(draw, terms, "restart_on_reassignment", [True])
    _maybe(draw, terms, "late_logging", ["1h", "3d", "4wh", "2wd"], odds=3)
    _maybe(draw, terms, "objective", [{"compliance": "90%", "per": per} for per in ("week", "month", "quarter")])
    _maybe(draw, terms, "batch", [{"size": 2}, {"size": 2, "within": "3wd"}, {"size": 3, "within": "2d"}], odds=6)
    return terms


@st.composite
def cadences(draw: st.DrawFn, sla: str = "cadence") -> Terms:
    """At least N attempts, spaced."""
    terms = _common(draw, "cadence", sla)
    attempts = draw(st.integers(1, 4))
    attempt = draw(st.sampled_from(ANSWERS[:6]))
    window, low = draw(st.sampled_from(WINDOWS))
    gap = {"min": low} if low else {}
    _maybe(draw, gap, "max", {"wd": ["2wd", "3wd"], "h": ["20h", "3d"], "m": ["3h"]}.get((low or "3wd")[-2:], ["20h", "3d"]), odds=3)
    terms |= {"start": draw(st.sampled_from(STARTS)), "attempts": attempts, "attempt": attempt, "within": window}
    terms |= {"gap": gap} if gap else {}
    if attempts > 1:
        _maybe(draw, terms, "channels", [2], odds=4)
    _maybe(draw, terms, "ended_by", ENDED_BY, odds=2)
    _maybe(draw, terms, "debounce", ["15m", "2h", "3d", "4wh", "1wd"], odds=3)
    _maybe(draw, terms, "late_logging", ["1h", "3d", "4wh", "2wd"], odds=3)
    return terms


@st.composite
def quotas(draw: st.DrawFn, sla: str = "quota") -> Terms:
    """N per period."""
    terms = _common(draw, "quota", sla)
    terms |= {
        "counts": draw(st.sampled_from(STARTS)),
        "target": draw(st.integers(1, 4)),
        "per": draw(st.sampled_from(["week", "month", "quarter"])),
    }
    if draw(st.booleans()):
        terms["by"] = draw(st.sampled_from(["region", "intent", "budget"]))
        _maybe(draw, terms, "targets", [{"emea": 1, "hot": 2}, {"us": 2, "(none)": 1}], odds=2)
    _maybe(draw, terms, "fiscal_year_starts", ["02-01", "04-01", "11-01"], odds=3)
    _maybe(
        draw,
        terms,
        "reversed_by",
        [{"stage": "disqualified"}, {"stage": ["disqualified", "recycled"], "within": "2wd"}, {"deleted": True, "within": "6h"}],
        odds=2,
    )
    _maybe(draw, terms, "recount", [True], odds=2)
    _maybe(draw, terms, "value", ["amount"])
    return terms


@st.composite
def ratios(draw: st.DrawFn, sla: str = "ratio") -> Terms:
    """At least, or at most, p % of a cohort."""
    terms = _common(draw, "ratio", sla)
    reach = dict(draw(st.sampled_from([{"stage": "sal"}, {"stage": ["disqualified", "sql"]}, ANSWERS[0]])))
    _maybe(draw, reach, "within", ["2h", "1wd", "10d", "8wh"], odds=2)
    side = draw(st.sampled_from(["at_least", "at_most"]))
    asked: Terms = {"reach": reach} if draw(st.integers(0, 2)) < 2 else {"where": draw(st.sampled_from(KNOWN_FOR))}
    terms |= {"of": draw(st.sampled_from(STARTS)), side: draw(st.sampled_from(["60%", "33.33%", "50%", "100%"]))}
    terms |= {"per": draw(st.sampled_from(["week", "month", "quarter"])), "min_n": draw(st.sampled_from([1, 2, 30]))} | asked
    _maybe(draw, terms, "mature_after", RATIO_MATURES, odds=2)
    _maybe(draw, terms, "by", ["region", "intent"], odds=2)
    _maybe(draw, terms, "value", ["amount"])
    return terms


@st.composite
def replaced(draw: st.DrawFn, made: st.SearchStrategy[Terms], changes: list[str]) -> list[Terms]:
    """Two versions of a promise for the same leads, the first with a target so long that some are open when the second comes."""
    first, second = (draw(made) for _ in range(2))
    day = draw(st.sampled_from(changes))
    both = {"start": {"stage": "mql"}, "applies_to": None}
    lengths = ["5wd"] if first.get("close_of_business") else ["5wd", "7d"]
    long = {"within": draw(st.sampled_from(lengths))} if first["kind"] == "deadline" else {}
    old, new = first | long | both | {"effective_until": day}, second | both | {"effective_from": day, "sla": first["sla"]}
    return [{key: value for key, value in each.items() if value is not None} for each in (old, new)]


@st.composite
def versioned(draw: st.DrawFn, made: st.SearchStrategy[Terms], changes: list[str]) -> list[Terms]:
    """One version of a promise, or two, the second from one of ``changes`` on (and sometimes a gap before it)."""
    first = draw(made)
    if draw(st.integers(0, 2)) < 2:
        return [first]
    second = draw(made)
    day = draw(st.sampled_from(changes))
    return [first | {"effective_until": day}, second | {"effective_from": day, "sla": first["sla"]}]
