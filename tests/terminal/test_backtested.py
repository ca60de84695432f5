"""A backtest fits eighty columns: shares with what they are of, and who would have been told most, whole."""

import io
from collections.abc import Iterable

import pytest
from rich.console import Console, RenderableType

from slamon.core.backtest.figures import Advice, AlertLoad, Backtest, Beside, Comparison, DueMoves, Hearer, HearerLoad, Kept, TargetAdvice
from slamon.core.backtest.standings import kept
from slamon.core.scorecards.compliance import Tally
from slamon.terminal.backtested import shown
from slamon.terminal.spans import span_words, within_words

LONGEST = "maximiliane.oberhuber@example.com"
NOBODY = HearerLoad(0, 20, 0, None, None, 0, "", "")


def told(*hearers: Hearer) -> AlertLoad:
    first = hearers[0]
    people = HearerLoad(len(hearers), 20, 1_240, 12.4, 31, first.most, first.hearer, first.most_on, hearers)
    return AlertLoad(1_000, 200, 40, people, NOBODY)


def beside(label: str, now: tuple[int, int], then: tuple[int, int]) -> Beside:
    before, after = kept(Tally(*now)), kept(Tally(*then))
    difference = None if before.share is None or after.share is None else after.share - before.share
    return Beside(label, before, after, difference)


def advice(n: int, recommended: str | None, *, too_few: bool = False) -> Advice:
    proof = None if recommended is None else Kept(n, n, 1.0, 0.9, 1.0)
    target = TargetAdvice("", "330wm", n, n, 7_200.0, None, 1.0, recommended, proof, too_few=too_few)
    return Advice(0.9, "2026-01-01", "2026-04-01", (target,), proof, "")


def text(advised: Advice | None = None) -> str:
    rows = (beside("2026-01", (0, 1), (1, 0)), beside("2026-02", (100, 20), (110, 10)), beside("2026-03", (1_200, 40), (1_100, 140)))
    promise = Comparison(
        sla="follow-up",
        title="Sales calls",
        kind="deadline",
        timezone="UTC",
        replaces=("2025-01-01",),
        objective=0.9,
        whole=beside("", (1_300, 61), (1_211, 150)),
        months=rows,
        segments=(),
        changes=(),
        only_in_force=(),
        only_proposed=(),
        due=DueMoves(0, 4, 0, 0, 7_200.0, ()),
        alerts_in_force=told(Hearer(LONGEST, 700, 35.0, 112, "2026-02-12"), Hearer("bo@example.com", 3, 0.15, 2, "2026-03-02")),
        alerts_proposed=told(Hearer(LONGEST, 900, 45.0, 131, "2026-02-12")),
        advice=advised,
    )
    return printed(shown(Backtest(0, "2026-01-01", "2026-04-01", None, 9_000, 1_361, (promise,), ())))


def printed(parts: Iterable[RenderableType]) -> str:
    console = Console(file=io.StringIO(), width=80)
    for part in parts:
        console.print(part, highlight=False, soft_wrap=isinstance(part, str))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_who_is_told_most_and_on_which_day_is_readable_at_eighty_columns() -> None:
    said = text()
    assert "…" not in said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "in force: 1,000 warnings, 200 breaches, 40 escalations" in lines
    assert f"in force {LONGEST} 700 35.00 112 2026-02-12" in lines
    assert "in force bo@example.com 3 0.15 2 2026-03-02" in lines
    assert f"proposed {LONGEST} 900 45.00 131 2026-02-12" in lines
    assert any(line.startswith("proposed people 1 12.40 31 131 2026-02-12") for line in lines)
    assert "by" in said


def test_a_share_says_of_how_many_few_are_counts_and_below_two_hundred_an_interval_stands_beside_it() -> None:
    lines = [" ".join(line.split()) for line in text().splitlines()]
    assert "2026-01 0 of 1 [0–79 %] 1 of 1 [21–100 %]" in lines
    assert "2026-02 83.3 % of 120 [76–89 %] 91.7 % of 120 [85–95 %] +8.3 pp" in lines
    assert "2026-03 96.8 % of 1,240 88.7 % of 1,240 −8.1 pp" in lines


def test_from_too_few_leads_nothing_is_recommended() -> None:
    assert "330wm) proposed, 2 of 2 answered; too few to recommend (2)" in text(advice(2, None, too_few=True))
    assert "not reached" in text(advice(40, None))


def test_targets_are_said_as_people_say_them_and_as_they_are_written() -> None:
    said = text(advice(40, "2wh"))
    assert "5 h 30 m of working time (330wm) proposed, 40 of 40 answered (90.0 % within 2 h)" in said
    assert "within: 2 h of working time (2wh), judged with it: 100.0 % of 40 [90–100 %] kept" in said
    assert "median of those that move: 2 h later on the promise's clock" in said


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (7_200, "2 h"), (19_800, "5 h 30 m"), (3_603, "1 h 3 s"), (45, "45 s"), (360_000, "100 h")]
)
def test_a_length_leaves_out_what_is_nothing(seconds: int, words: str) -> None:
    assert span_words(seconds) == words


@pytest.mark.parametrize(
    ("target", "words"),
    [("2wd", "2 working days (2wd)"), ("30m", "30 m (30m)"), ("3d", "72 h (3d)"), ("450wm", "7 h 30 m of working time (450wm)")],
)
def test_a_target_is_said_in_its_own_clock(target: str, words: str) -> None:
    assert within_words(target) == words
