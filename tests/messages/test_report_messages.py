"""Each report answers its one question in its few words, says the same in Slack and mail, and carries its fine print."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from html import unescape
from typing import Any

import pytest

from slamon.core.kinds.attainment import Record
from slamon.core.scorecards import DailyNote, Footing, MonthlyCompliance, WeeklyScorecard
from slamon.messages.daily import daily_page
from slamon.messages.mail import page_mail
from slamon.messages.monthly import monthly_page
from slamon.messages.page import Page
from slamon.messages.reports import daily_email, daily_slack, monthly_email, monthly_slack, weekly_email, weekly_slack
from slamon.messages.slack_blocks import page_blocks
from slamon.messages.tiles import bars
from slamon.messages.weekly import weekly_page
from tests.channels.fake_slack import acceptable, heard
from tests.messages import hostile
from tests.messages.figures import DAILY, FOOTING, MONTHLY, MONTHS, PROMISES, QUOTAS, RATIOS, SOURCED, WEEKLY, promise

PLAIN = str.maketrans("\u00a0", " ")
REPORTS: dict[str, tuple[Callable[[Any], dict[str, Any]], Callable[[Any], dict[str, Any]], Callable[[Any], Page], Any]] = {
    "daily": (daily_slack, daily_email, daily_page, DAILY),
    "weekly": (weekly_slack, weekly_email, weekly_page, WEEKLY),
    "monthly": (monthly_slack, monthly_email, monthly_page, MONTHLY),
}
EACH = pytest.mark.parametrize("name", REPORTS)


@lru_cache
def page_of(name: str) -> Page:
    return REPORTS[name][2](REPORTS[name][3])


@lru_cache
def slack_of(name: str) -> dict[str, Any]:
    return REPORTS[name][0](REPORTS[name][3])


@lru_cache
def mail_of(name: str) -> dict[str, Any]:
    return REPORTS[name][1](REPORTS[name][3])


def words_of(page: Page) -> int:
    """Words outside tiles, tables and fine print; a figure and its unit, which stay together, are one."""
    return sum(
        len(text.split(" "))
        for text in (*page.verdict, *(part.title for part in page.parts), *(line.text for part in page.parts for line in part.lines))
    )


def everything(page: Page) -> str:
    cells = [cell for part in page.parts if part.table for row in part.table.rows for cell in (*row.cells, row.remark)]
    lines = [line.text for part in page.parts for line in part.lines]
    return " ".join([*page.verdict, *cells, *lines, *page.notes, *(light.words for light in page.lights)]).translate(PLAIN)


def test_the_daily_note_is_eight_lines_and_ninety_words() -> None:
    page = daily_page(DAILY)
    assert [line.text.translate(PLAIN) for line in page.parts[0].lines] == [
        "Sales today: 12 due, 9 kept, 1 past target, 2 still open; the oldest waits 3 h 10 m.",
        "Sales-ready leads (SQL) a month: 4 last working day, 38 so far, 5 behind.",
        "MQLs a month: 31 last working day, 412 so far, 12 ahead.",
        "Due within four working hours: Acme AG Mon 16 Nov 14:30 CET, Globex 14:30 CET, Initech 14:30 CET and 2 more.",
        "Thank you, Ana Costa: Umbrella answered just in time.",
    ]
    assert page.verdict == ("Working day 11 of 21. Sales-ready leads (SQL) a month: 38 of 43 expected (quota 100), landing 84–101.",)
    assert words_of(page) <= 90


def test_the_weekly_scorecard_opens_with_a_verdict_and_two_lights() -> None:
    page = weekly_page(WEEKLY)
    assert (
        page.verdict[0].translate(PLAIN)
        == "Sales kept 2 of 3 promises: 87 % of 313 due leads; marketing stood at 38 of 43 expected by then (quota 100)."
    )
    assert [(light.mark, light.words) for light in page.lights] == [
        ("missed", "Sales' promise: missed, 2 of 3 promises kept"),
        ("risk", "Marketing's promise: at risk"),
    ]
    assert len(page.verdict[0].split()) <= 30


def test_the_weekly_scorecard_has_twelve_blocks_and_six_hundred_words_at_most() -> None:
    assert len(weekly_slack(WEEKLY)["blocks"]) <= 12
    crowded = replace(WEEKLY, promises=PROMISES * 5, quotas=QUOTAS * 5, look_at=WEEKLY.look_at * 9, teams=WEEKLY.teams * 20)
    assert len(weekly_slack(crowded)["blocks"]) <= 12
    assert words_of(weekly_page(crowded)) <= 600


def test_the_monthly_subject_is_the_answer_and_the_verdict_is_two_lines() -> None:
    page = monthly_page(MONTHLY)
    assert (
        page.subject.translate(PLAIN) == "April 2026 SLA: sales kept 2 of 3 promises (91 %), marketing kept 2 of 3 promises (97 % of quota)"
    )
    assert [line.translate(PLAIN) for line in page.verdict] == [
        "Sales kept 2 of 3 promises: 87 % of 313 due leads. Marketing kept 2 of 3 promises; 97 of 100.",
        "Three months: sales 86 % → 89 % → 91 %; marketing's quota 101 % → 95 % → 97 %.",
    ]
    assert sum(len(line.split(" ")) for line in page.verdict) <= 40
    assert words_of(page) <= 250


def test_the_monthly_tiles_are_four_with_target_and_change() -> None:
    told = [
        (tile.label, tile.figure.translate(PLAIN), tile.verdict, tile.target.translate(PLAIN), tile.change)
        for tile in monthly_page(MONTHLY).tiles
    ]
    assert told == [
        ("Sales: leads kept in time", "91 %", "missed", "target 90 % · 2 of 3 promises kept", "+2 points on March"),
        ("Deadlines only, 24×7, as buyers felt it", "71 %", "", "333 deadlines, 91 % by their promise", "+2 points on March"),
        ("Marketing: of its quota", "97 %", "missed", "quota 100", "+2 points on March"),
        ("MQLs that sales accepts", "61 %", "reached", "target 60 %", "March's leads, 140 in all · +3 points on the cohort before"),
    ]


def test_the_monthly_report_names_causes_and_never_people() -> None:
    said = everything(monthly_page(MONTHLY))
    assert "Most frequent cause is routing: late or no assignment (57 % of 37 misses)." in said.replace(" [", " [")
    assert "Ana" not in said
    assert "Ben" not in said


def test_a_year_as_bars_shows_lowest_and_highest_and_gaps() -> None:
    assert bars([0.8, None, 0.9, 0.86]) == "▁·█▅"
    assert bars([0.8, 0.9]) == ""
    assert bars([0.5, 0.5, 0.5]) == "▁▁▁"


@EACH
def test_every_report_says_age_of_data_and_versions_in_slack_and_in_mail(name: str) -> None:
    notes = " ".join(page_of(name).notes).translate(PLAIN)
    assert "Data as of Mon 16 Nov 17:30 CET; newest fact 18 m ago (Mon 16 Nov 17:12 CET)" in notes
    assert "Definitions: first-touch-demo 2026-01-01 · follow-up 2026-07-01 · sql-quota 2026-01-01" in notes
    for note in page_of(name).notes:
        assert note.translate(PLAIN) in unescape(mail_of(name)["html"]).translate(PLAIN)
        assert note in mail_of(name)["text"]


@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_weekly_and_monthly_reports_define_each_stage_and_tell_what_was_restated_or_not_counted(name: str) -> None:
    notes = " ".join(page_of(name).notes).translate(PLAIN)
    for defined in ("MQL: Fits our market", "SQL: Sales has spoken with the buyer"):
        assert defined in notes
    assert "Restated: Lead 00Q8 (Globex)" in notes
    assert "Not counted: first-touch-demo: 4 pending, 3 cancelled, 1 excused (disqualified before due 2, duplicate 1)" in notes


def test_the_daily_note_defines_the_stage_of_its_headline_and_no_other() -> None:
    notes = " ".join(page_of("daily").notes).translate(PLAIN)
    assert "SQL: Sales has spoken with the buyer" in notes
    assert "MQL: Fits our market" not in notes


@EACH
def test_slack_and_mail_say_the_same_figures(name: str) -> None:
    blocks = json.dumps(slack_of(name)["blocks"], ensure_ascii=False).replace("&gt;", ">").replace("&amp;", "&")
    html, text = unescape(mail_of(name)["html"]), mail_of(name)["text"]
    for part in page_of(name).parts:
        for figure in [line.text for line in part.lines] + [cell for row in (part.table.rows if part.table else ()) for cell in row.cells]:
            if figure not in ("–", ""):
                assert figure in blocks
                assert figure in html
                assert figure in text


@EACH
def test_every_report_has_one_picture_with_words_for_it_and_a_table_of_its_data(name: str) -> None:
    for payload in (slack_of(name), mail_of(name)):
        (image,) = payload["images"]
        assert base64.b64decode(image["png"]).startswith(b"\x89PNG")
        assert len(image["alt"]) > 40
    assert f'src="cid:{image["name"]}"' in mail_of(name)["html"]
    assert f'alt="{image["alt"][:20]}' in mail_of(name)["html"]
    assert page_of(name).twin or any(part.table for part in page_of(name).parts)


@EACH
def test_a_mail_is_small_styled_in_its_elements_and_needs_no_network(name: str) -> None:
    html = mail_of(name)["html"]
    assert len(html.encode()) < 100_000
    assert "http://" not in html
    assert not re.search(r"flex|\bgap\b|grid|<script|@import|url\(", html)
    assert 'charset="utf-8"' in html
    assert '<p class="kicker" style=' in html


@EACH
def test_a_mark_never_stands_without_its_word(name: str) -> None:
    page = page_of(name)
    assert all(row.word for part in page.parts if part.table for row in part.table.rows if row.mark != "none")
    assert all(tile.verdict for tile in page.tiles if tile.mark != "none")


def test_below_twenty_there_are_counts_and_no_percentages() -> None:
    few = promise("few", "Few leads", 17, 2, strict_share=0.5, previous_share=0.5, previous_n=10, trailing_share=None)
    said = everything(
        weekly_page(replace(WEEKLY, promises=(few,), quotas=(), ratios=(), causes=(("routing", 2),), teams=(("emea", 17, 2),)))
    )
    before_notes = said.split("Period:")[0]
    assert "17 of 19" in before_notes
    assert "last week 5 of 10" in before_notes
    assert re.findall(r"\d+ %", before_notes.replace("90 %", "").replace("95 % within", "")) == []
    month = monthly_page(replace(MONTHLY, months=(replace(MONTHS[-1], sales_n=19, sales_share=17 / 19),)))
    assert (
        month.subject.translate(PLAIN)
        == "April 2026 SLA: sales kept 2 of 3 promises (17 of 19), marketing kept 2 of 3 promises (97 % of quota)"
    )
    assert month.lights[0].words == "Sales' promise: missed, 2 of 3 promises kept"


EMPTY = Footing("", FOOTING.as_of, "UTC", None, (), (), (), ())
NOTHING = {
    "daily": DailyNote("2026-11-16", 1, 21, 0, 0, 0, 0, None, (), (), (), 0, None, None, EMPTY),
    "weekly": WeeklyScorecard("2026-W46", 0, 1, (), (), (), (), (), (), (), None, EMPTY),
    "monthly": MonthlyCompliance("2026-04", 0, 1, None, (), (), (), (), (), (), False, EMPTY),
}


@EACH
def test_a_report_about_nothing_is_still_a_report(name: str) -> None:
    slack, mail, page, _ = REPORTS[name]
    assert all(map(acceptable, slack(NOTHING[name])["blocks"]))
    assert "no facts yet" in mail(NOTHING[name])["text"]
    assert page(NOTHING[name]).verdict[0]


def test_a_first_month_has_no_trend_and_no_change() -> None:
    page = monthly_page(replace(MONTHLY, months=MONTHS[-1:]))
    assert len(page.verdict) == 1
    assert [tile.change for tile in page.tiles[:3]] == ["", "", ""]


def _filled(value: Any, text: str) -> Any:
    """The same figures with every text replaced, except those that the product itself makes."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = ("timezone", "period", "kind", "promised_by", "state", "date", "sla", "version", "link")
        return replace(value, **{each.name: _filled(getattr(value, each.name), text) for each in fields(value) if each.name not in kept})
    if isinstance(value, tuple):
        return tuple(_filled(each, text) for each in value)
    return text if isinstance(value, str) else value


@EACH
@pytest.mark.parametrize("text", hostile.TEXTS)
def test_a01_to_a20_no_text_of_others_acts_in_a_report(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = page_of(name).picture  # titles in pictures have a test of their own
    for module, chart in (("daily", "pace_chart"), ("weekly", "compliance_chart"), ("monthly", "twelve_months_chart")):
        monkeypatch.setattr(f"slamon.messages.{module}.{chart}", lambda *_: picture)
    told = _filled(REPORTS[name][3], hostile.TEXTS[text])
    page = REPORTS[name][2](replace(told, footing=replace(told.footing, definitions=FOOTING.definitions)))
    blocks, letter = page_blocks(page), page_mail(page)
    assert heard({"blocks": blocks}) == []
    assert all(acceptable(block) for block in blocks if block["type"] != "image")
    assert len(json.dumps(blocks, ensure_ascii=False)) < 13_000
    assert len(letter["html"].encode()) < 100_000
    seen, usual = hostile.Page(letter["html"]), hostile.Page(mail_of(name)["html"])
    assert set(seen.tags) <= set(usual.tags)
    assert {attribute for attribute, _ in seen.attributes} <= {attribute for attribute, _ in usual.attributes} | {"colspan"}
    assert {value for attribute, value in seen.attributes if attribute in ("href", "src")} <= {
        value for attribute, value in usual.attributes
    }
    assert not any(each in letter["subject"] for each in "\r\n\v\x85\u2028\u2029")


@pytest.mark.parametrize(
    ("quotas", "light"),
    [
        ((replace(QUOTAS[0], at_risk=True),), ("risk", "Marketing's promise: at risk")),
        ((replace(QUOTAS[0], at_risk=False),), ("kept", "Marketing's promise: on pace")),
        ((replace(QUOTAS[0], at_risk=False, state="met"),), ("kept", "Marketing's promise: kept")),
        ((replace(QUOTAS[0], at_risk=False, state="breached"),), ("missed", "Marketing's promise: missed")),
        (
            (replace(QUOTAS[0], at_risk=True), replace(QUOTAS[0], at_risk=False, state="breached")),
            ("missed", "Marketing's promise: missed, more at risk"),
        ),
        ((replace(QUOTAS[0], at_risk=False), replace(QUOTAS[1], at_risk=True)), ("risk", "Marketing's promise: at risk")),
        (
            (replace(QUOTAS[0], at_risk=False, state="met"), replace(QUOTAS[1], at_risk=False, state="breached")),
            ("risk", "Marketing's promise: kept in total, 1 segment missed"),
        ),
        ((), ("none", "Marketing's promise: nothing due")),
    ],
)
def test_marketings_light_is_never_better_than_its_worst_quota(quotas: tuple[Any, ...], light: tuple[str, str]) -> None:
    page = weekly_page(replace(WEEKLY, quotas=quotas, ratios=(), promises=()))
    assert (page.lights[1].mark, page.lights[1].words) == light


def test_what_a_table_leaves_out_is_never_in_trouble() -> None:
    fine = replace(QUOTAS[0], at_risk=False)
    groups = tuple(replace(fine, group=f"segment {number}") for number in range(8))
    page = weekly_page(replace(WEEKLY, quotas=(fine, *groups, replace(QUOTAS[0], group="last in line")), ratios=()))
    (table,) = (part.table for part in page.parts if part.title == "Marketing's promise")
    assert table is not None
    assert ((first := table.rows[0]).mark, first.cells[0], table.more) == ("risk", f"{fine.title}: last in line", 4)


def test_no_objective_is_said_and_nothing_is_called_kept() -> None:
    page = weekly_page(replace(WEEKLY, promises=(promise("few", "Few leads", 2, 6, None),), quotas=(), ratios=()))
    assert page.verdict == ("Sales kept 2 of 8 due leads, no objective agreed.",)
    assert page.lights[0].words == "Sales' promise: no objective agreed"
    assert page.picture is not None
    assert page.picture.alt.endswith("Few leads: 2 of 8, no objective.")


def test_a_quota_whose_month_was_over_has_ended() -> None:
    ended = replace(QUOTAS[0], state="breached", at_risk=False, net=97.0, p10=None, p90=None, probability=None)
    assert weekly_page(replace(WEEKLY, quotas=(ended,), ratios=())).verdict[0].endswith("marketing ended at 97 (quota 100).")


def test_a_month_that_took_back_more_than_it_delivered_has_no_negative_share() -> None:
    last = replace(MONTHS[-1], marketing_share=-0.02, marketing_net=-2.0)
    page = monthly_page(replace(MONTHLY, months=(*MONTHS[:-1], last)))
    assert "none of quota" in page.subject
    assert page.tiles[2].figure == "−2"


def test_a_forecast_stands_beside_how_often_forecasts_like_it_held() -> None:
    told = replace(WEEKLY, quotas=(replace(QUOTAS[0], record=Record(9, 11, 0.12)),))
    assert "inside P10–P90 in 9 of the last 11 periods" in page_mail(weekly_page(told))["text"]


def test_a_budget_is_named_by_its_month_and_says_when_it_burns() -> None:
    burnt = replace(WEEKLY.promises[0], budget=20.0, budget_left=6.0, budget_period="2026-11", burning="fast")
    assert "November's budget left 6 of 20 leads, fast burn" in page_mail(weekly_page(replace(WEEKLY, promises=(burnt,))))["text"]


def test_leads_that_are_too_young_for_a_cohort_are_shown_apart() -> None:
    young = replace(WEEKLY.ratios[0], immature=12)
    assert "12 not old enough yet" in page_mail(weekly_page(replace(WEEKLY, ratios=(young,))))["text"]


def test_a_daily_note_says_in_one_short_line_what_the_stage_of_its_headline_means() -> None:
    wordy = replace(DAILY, defines=(("SQL", "a need, a budget and a date " * 20), ("MQL", "asked for a demo")))
    (said,) = [note for note in daily_page(wordy).notes if note.startswith("SQL: ")]
    assert len(said) <= 125
    assert not any(note.startswith("MQL: ") for note in daily_page(wordy).notes)
    assert daily_page(replace(DAILY, defines=())).notes == daily_page(wordy).notes[:2]


def test_pipeline_is_sourced_and_not_reached() -> None:
    page = monthly_page(replace(MONTHLY, ratios=(SOURCED,)))
    (row,) = [
        row for part in page.parts if part.title == "Quotas and shares" and part.table for row in part.table.rows if row.word == "kept"
    ]
    assert [cell.translate(PLAIN) for cell in row.cells[1:]] == ["43 % of 1,240,000", "at least 40 %"]
    assert row.remark.translate(PLAIN) == "sourced 43 % of April's pipeline (source: marketing or webinar) · period before 41 %"
    tile = page.tiles[-1]
    assert (tile.figure.translate(PLAIN), tile.verdict, tile.target.translate(PLAIN)) == ("43 %", "kept", "target 40 %")
    assert "sourced 43 % of April's pipeline" in tile.change.translate(PLAIN)
    assert "reached" not in everything(monthly_page(replace(MONTHLY, ratios=(SOURCED,), quotas=(), promises=())))


def test_what_is_known_of_leads_otherwise_is_a_share_of_them() -> None:
    few = replace(SOURCED, value="", sourced=False, where="segment: enterprise", counted=8.0, cohort=19.0, share=8 / 19)
    assert "8 of 19 of April's leads (segment: enterprise)" in everything(weekly_page(replace(WEEKLY, ratios=(few,))))


def test_what_is_not_known_of_a_share_is_shown_and_may_leave_it_unjudged() -> None:
    unsure = replace(SOURCED, state="unknown", reasons=(("source is not known", 12), ("amount is not a number", 3)))
    for page in (weekly_page(replace(WEEKLY, ratios=(unsure,))), monthly_page(replace(MONTHLY, ratios=(unsure,)))):
        assert "12 left out: source is not known · 3 left out: amount is not a number" in everything(page)
        assert "not to be judged" in [row.word for part in page.parts if part.table for row in part.table.rows]
    assert "12 left out: source is not known" in monthly_page(replace(MONTHLY, ratios=(unsure,))).tiles[-1].change


def test_weekly_and_monthly_print_how_forecasts_held_and_who_is_too_young() -> None:
    record, young = Record(9, 11, 0.12), replace(RATIOS[0], immature=12)
    quota = replace(QUOTAS[0], record=record)
    weekly = weekly_page(replace(WEEKLY, quotas=(quota,), ratios=(young,)))
    monthly = monthly_page(replace(MONTHLY, ratios=(young,), next_month=(replace(MONTHLY.next_month[0], record=record),)))
    for page in (weekly, monthly):
        assert "inside P10–P90 in 9 of the last 11 periods" in everything(page)
        assert "12 not old enough yet" in everything(page)


@pytest.mark.parametrize(
    ("left", "said"),
    [(0.03, "budget of less than one lead"), (-2.97, "budget of less than one lead passed by 3 leads")],
)
def test_a_very_small_budget_is_never_called_none(left: float, said: str) -> None:
    small = replace(WEEKLY.promises[0], budget=0.03, budget_left=left)
    told = everything(weekly_page(replace(WEEKLY, promises=(small,))))
    assert said in told
    assert "of 0 leads" not in told
