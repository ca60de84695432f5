"""Realistic figures for all messages: one company, one week, one year."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from slamon.core.alerts import BuyerTouch, Held, Notice, Recipient
from slamon.core.scorecards import (
    Attainment,
    Compliance,
    DailyNote,
    Footing,
    Heard,
    Ignored,
    LeadLine,
    MonthlyCompliance,
    MonthPoint,
    Pace,
    PacePoint,
    WeeklyScorecard,
)
from slamon.core.working_time.instants import NEVER, to_micros


def at(text: str) -> int:
    return to_micros(datetime.fromisoformat(f"{text}+00:00"))


AS_OF = at("2026-11-16T09:12:00")
APP = "https://sla.example.com/leads"

FOOTING = Footing(
    "Northwind GmbH",
    at("2026-11-16T16:30:00"),
    "Europe/Berlin",
    at("2026-11-16T16:12:00"),
    (
        ("first-touch-demo", "2026-01-01", "Demo requests get a first touch"),
        ("follow-up", "2026-07-01", "MQLs get a follow-up"),
        ("sql-quota", "2026-01-01", "Sales-ready leads (SQL) a month"),
    ),
    (
        ("MQL", "Fits our market and asked for a demo, pricing or a call."),
        ("SQL", "Sales has spoken with the buyer: need, budget and a next meeting are known."),
    ),
    ("Lead 00Q8 (Globex), week 45: past target → kept; a call at 10:04 was logged at 11:30.",),
    ("12 touches without a person", "3 owners not known"),
)


def promise(sla: str, title: str, met: int, breached: int, objective: float | None = 0.9, **more: Any) -> Compliance:
    n = met + breached
    plain = Compliance(
        sla,
        "2026-01-01",
        title,
        "sales",
        "deadline",
        objective,
        met,
        breached,
        met / n if n else None,
        max(met / n - 0.06, 0) if n else None,
        min(met / n + 0.05, 1) if n else None,
        0.88,
        140,
        0.875,
        0.71,
        1320.0,
        6600.0,
        4,
        3,
        1,
        0,
        (("disqualified before due", 2), ("duplicate", 1)),
        n * 0.1,
        n * 0.1 - breached,
    )
    return replace(plain, **more)


PROMISES = (
    promise("first-touch-demo", "Demo requests get a first touch within 1 working hour", 112, 8),
    promise("follow-up", "MQLs get a follow-up within 4 working hours", 143, 31, p50_s=7900.0, p95_s=None),
    promise("cadence", "Six attempts in three weeks", 17, 2, 0.85, strict_share=None, p50_s=None, p95_s=None),
    promise("routing", "New MQLs are routed within 15 minutes", 205, 4, 0.95, promised_by="marketing", strict_share=None),
)


def quota(sla: str, title: str, **more: Any) -> Attainment:
    plain = Attainment(
        sla, "2026-01-01", title, "marketing", "quota", "2026-11", "", 40.0, 2.0, 38.0, None, None, 100.0, False, 43.0, 84.0, 92.0, 101.0, 0.18, "pending", 97.0
    )  # fmt: skip
    return replace(plain, **more)


SQLS = quota("sql-quota", "Sales-ready leads (SQL) a month", at_risk=True)
QUOTAS = (
    SQLS,
    replace(SQLS, group="paid search", net=11.0, target=30.0, expected_to_date=13.0),
    quota(
        "mql-quota",
        "MQLs a month",
        net=412.0,
        target=850.0,
        expected_to_date=400.0,
        p10=820.0,
        p90=910.0,
        probability=0.71,
        state="pending",
    ),
)
RATIOS = (
    quota(
        "acceptance",
        "MQLs that sales accepts",
        kind="ratio",
        counted=86.0,
        cohort=140.0,
        share=86 / 140,
        target=0.6,
        state="met",
        previous=0.58,
        period="2026-03",
    ),
)

SOURCED = quota(
    "sourced-pipeline",
    "Marketing sources at least 40 % of the pipeline",
    kind="ratio",
    counted=533_200.0,
    cohort=1_240_000.0,
    share=0.43,
    target=0.4,
    state="met",
    previous=0.41,
    period="2026-04",
    where="source: marketing or webinar",
    sourced=True,
    value="amount",
)


def lead(number: int, name: str, company: str, holder: str, late_by_s: int | None = None, cause: str = "") -> LeadLine:
    address = f"https://crm.example.com/lead/00Q{number}"
    title = "Demo requests get a first touch"
    return LeadLine(
        f"c{number}", f"00Q{number}", name, company, holder, "first-touch-demo", title, at("2026-11-16T13:30:00"), late_by_s, cause, address
    )


def pace() -> Pace:
    points, done, expected = [], 0, 0.0
    for number in range(30):
        day = date(2026, 11, 1) + timedelta(number)
        done += (5, 3, 2, 4, 4, 0, 0)[day.weekday()]
        expected += 100 / 21 if day.weekday() < 5 else 0
        points.append(PacePoint(day.isoformat(), float(min(done, 38)) if number < 16 else None, round(expected, 2)))
    return Pace("sql-quota", "Sales-ready leads (SQL) a month", "2026-11", 100.0, tuple(points))


DAILY = DailyNote(
    "2026-11-16",
    11,
    21,
    12,
    9,
    1,
    2,
    11400,
    QUOTAS,
    (("sql-quota", 4.0), ("mql-quota", 31.0)),
    (lead(1, "Jane Roe", "Acme AG", "Ana Costa"), lead(2, "Tom Ito", "Globex", "Ben Ode"), lead(3, "Lu Wei", "Initech", "Ana Costa")),
    5,
    lead(9, "Mia Fox", "Umbrella", "Ana Costa"),
    pace(),
    FOOTING,
    FOOTING.stages[1:],
)

HEARD = Heard(31, 9, 5, 6, 25, 19, 4, 2, (Ignored("follow-up", "MQLs get a follow-up", 60, 53), Ignored("quick", "Quick answers", 24, 22)))

WEEKLY = WeeklyScorecard(
    "2026-W46",
    at("2026-11-08T23:00:00"),
    at("2026-11-15T23:00:00"),
    PROMISES,
    QUOTAS,
    RATIOS,
    (("routing", 21), ("owner", 12), ("coverage", 6), ("data late", 2)),
    (("emea", 120, 20), ("us", 152, 21)),
    (lead(4, "Kim Ng", "Hooli", "Ben Ode", 7200, "routing"), lead(5, "Ali Goh", "Stark", "Ana Costa", 108_000, "owner")),
    (lead(9, "Mia Fox", "Umbrella", "Ana Costa"),),
    pace(),
    FOOTING,
    tuple(lead(number, f"Person {number}", "Initech", "Ben Ode", 90_000, "owner") for number in range(20, 25)),
    HEARD,
)

SALES = (0.81, 0.84, 0.86, 0.83, 0.87, 0.88, 0.9, 0.91, 0.89, 0.86, 0.89, 0.91)
MARKETING = (0.9, 1.04, 0.88, 0.95, 1.02, 1.1, 0.97, 0.92, 0.99, 1.01, 0.95, 0.97)
MONTHS = tuple(
    MonthPoint(
        f"{2025 + (4 + number) // 12}-{(4 + number) % 12 + 1:02d}",
        sales,
        380 + number * 3,
        sales - 0.2,
        marketing,
        marketing * 100,
        100.0,
        300 + number * 3,
        sales,
    )
    for number, (sales, marketing) in enumerate(zip(SALES, MARKETING, strict=True))
)
MONTHLY = MonthlyCompliance(
    "2026-04",
    at("2026-03-31T22:00:00"),
    at("2026-04-30T22:00:00"),
    0.9,
    MONTHS,
    PROMISES,
    (replace(SQLS, period="2026-04", net=97.0, counted=99.0, state="breached", at_risk=False, p10=None, p90=None, probability=None),),
    RATIOS,
    (("routing", 21), ("owner", 12), ("coverage", 4)),
    (replace(SQLS, at_risk=False, period="2026-05", net=0.0, p10=88.0, p90=110.0, probability=0.46, state="pending"),),
    True,
    FOOTING,
    HEARD,
)

_NOTICE = Notice(
    cycle_id="first-touch-demo/00Q1/e7",
    kind="breach",
    sequence=0,
    instant=at("2026-11-16T09:00:00"),
    sla="first-touch-demo",
    version="2026-01-01",
    title="Demo requests get a first touch within 1 working hour",
    timezone="Europe/Berlin",
    state="breached",
    lead="00Q1",
    lead_name="Jane Roe",
    company="Acme AG",
    link="https://crm.example.com/lead/00Q1",
    holder="u7",
    holder_name="Ana Costa",
    team="EMEA",
    intent="demo request",
    value="€ 24,000",
    target="1 working hour",
    started_at=at("2026-11-16T08:00:00"),
    due_at=at("2026-11-16T09:00:00"),
    answered_at=NEVER,
    elapsed_s=4320,
    late_by_s=720,
    routing_s=2460,
    held=(Held("Ana Costa", 1860),),
    closed_s=0,
    cause="routing",
    next_step="Ben Ode, manager, hears of it",
    next_at=at("2026-11-16T13:00:00"),
    recipients=(Recipient("slack", "#sales-emea", "team channel"),),
    touches=(
        BuyerTouch(at("2026-11-16T07:58:00"), "form", "Demo form"),
        BuyerTouch(at("2026-11-15T18:10:00"), "web", "Pricing page"),
        BuyerTouch(at("2026-11-12T10:00:00"), "webinar", "Smarketing in 30 minutes"),
        BuyerTouch(at("2026-11-02T10:00:00"), "mail", "Newsletter 44"),
    ),
)


def notice(**more: Any) -> Notice:
    return replace(_NOTICE, **more)


def notices(count: int) -> list[Notice]:
    return [
        notice(cycle_id=f"c{number}", lead=f"00Q{number}", lead_name=f"Person {number}", company=f"Firm {number}", late_by_s=60 * number, cause="routing" if number % 3 else "owner")
        for number in range(1, count + 1)
    ]  # fmt: skip
