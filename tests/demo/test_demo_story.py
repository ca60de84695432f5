"""The demo's last words: what was found, where to look, and what to type next."""

from dataclasses import replace
from pathlib import Path

from slamon.core.scorecards import Attainment, Compliance
from slamon.demo.story import Found, ending

PROMISE = Compliance(
    "hot", "2025-01-01", "Hot leads in 30 minutes", "sales", "deadline", 0.9, 85, 15, 0.85, 0.77, 0.91, 0.9, 80, 0.88, 0.5, 600.0, None, 3, 1, 0, 0, (), 10.0, -5.0,
)  # fmt: skip
QUOTA = Attainment(
    "sql", "2025-01-01", "Monthly SQLs", "marketing", "quota", "2026-11", "", 400.0, 10.0, 390.0, None, None, 600.0, False, 410.0, 560.0, 590.0, 620.0, 0.4, "pending", 610.0,
)  # fmt: skip
FOUND = Found(40, 20_000, 165_181, (PROMISE,), (("owner", 10), ("routing", 5), ("coverage", 0)), 16, 44, 61, (QUOTA,))


def test_four_lines_say_what_was_found_and_the_last_says_what_to_type() -> None:
    lines = ending(FOUND, {"alerts": Path("preview/alerts"), "weekly scorecard": Path("preview/weekly.html")})
    assert lines[:4] == [
        "A made-up company: 165,181 events of 20,000 leads, worked by 40 reps.",
        "Sales' promises: 85 of the 100 that fell due last week were kept (85%); missed: 10 as the owner was late, 5 as routing was late.",
        "Right now: 16 leads at risk, 44 past target and not answered; 61 messages written.",
        "Marketing's promises in 2026-11: sql will land near 590 of 600.",
    ]
    assert "  alerts            preview/alerts" in lines
    assert lines[-1] == "Your own data next: slamon init my-workspace"


def test_the_quota_furthest_behind_and_the_one_furthest_ahead_are_named() -> None:
    groups = tuple(
        replace(QUOTA, group=name, target=100.0, p50=p50) for name, p50 in (("enterprise", 70.0), ("mid-market", 101.0), ("smb", 118.0))
    )
    line = ending(replace(FOUND, quotas=(QUOTA, *groups)), {})[3]
    assert "sql enterprise will land near 70 of 100" in line
    assert "sql smb will land near 118 of 100" in line
    assert "mid-market" not in line


def test_an_empty_company_is_told_without_dividing_by_zero() -> None:
    lines = ending(replace(FOUND, promises=(), quotas=(), causes=()), {"reports": Path("preview")})
    assert lines[1] == "Sales' promises: none fell due last week."
    assert lines[3] == "Marketing's promises: no quota is open this month."
