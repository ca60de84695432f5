"""Quotas and ratios: what counts in which period, what is taken back, when a cohort can be judged."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.core.evaluation import completed
from slamon.core.facts.event_frames import build_facts
from slamon.core.kinds import KINDS, PerPeriodKind
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import known_since
from slamon.core.verdicts.contributions import contributions_of, next_conclusion
from slamon.core.working_time.instants import iso
from tests.core.stories import PROMISE, STAGES, Story, instant, judged, promises

EXITS = [stage.stage for stage in STAGES if stage.exit]

SQLS = PROMISE | {"sla": "sqls", "kind": "quota", "promised_by": "marketing", "counts": {"stage": "sql"}, "target": 2, "per": "month"}
ACCEPTED = PROMISE | {
    "sla": "accepted",
    "kind": "ratio",
    "promised_by": "marketing",
    "of": {"stage": "mql"},
    "reach": {"stage": "sal"},
    "at_least": "50%",
    "mature_after": "14d",
    "min_n": 2,
}

SOURCED = PROMISE | {
    "sla": "sourced",
    "kind": "ratio",
    "promised_by": "marketing",
    "of": {"stage": "opportunity"},
    "where": {"source": ["marketing", "webinar"]},
    "value": "amount",
    "at_least": "40%",
    "min_n": 2,
}


def attained(story: Story, terms: dict[str, Any], as_of: str = "2026-03-01 00:00") -> dict[tuple[str, str], dict[str, Any]]:
    rows = judged(story, terms, as_of=as_of).attainment().to_dict("records")
    return {(row["period"], row["group"]): {str(name): value for name, value in row.items()} for row in rows}


def months(story: Story, terms: dict[str, Any], *names: str, as_of: str = "2026-03-01 00:00") -> list[tuple[float, float | None, str]]:
    found = attained(story, terms, as_of)
    return [(found[month, ""]["counted"], found[month, ""]["net"], found[month, ""]["state"]) for month in names]


def test_a_lead_counts_once_at_its_first_entry() -> None:
    story = Story().stage("2026-01-05 09:00", "sql").stage("2026-02-05 09:00", "sql").stage("2026-01-06 09:00", "sql", "bea")
    assert months(story, SQLS, "2026-01", "2026-02") == [(2, 2, "met"), (0, 0, "breached")]


def test_a_lead_that_left_and_came_back_counts_again_only_with_recount() -> None:
    story = Story().stage("2026-01-05 09:00", "sql").stage("2026-01-09 09:00", "recycled").stage("2026-02-05 09:00", "sql")
    assert months(story, SQLS, "2026-02") == [(0, 0, "breached")]
    assert months(story, SQLS | {"recount": True}, "2026-02") == [(1, 1, "breached")]


def test_periods_are_cut_in_the_calendars_zone() -> None:
    story = Story().stage("2026-01-10 12:00", "mql", lead="bob").stage("2026-01-31 23:30", "sql")
    assert months(story, SQLS | {"calendar": "berlin"}, "2026-01", "2026-02") == [(0, 0, "breached"), (1, 1, "breached")]


def test_a_reversal_is_a_negative_in_the_period_in_which_it_happens() -> None:
    terms = SQLS | {"reversed_by": {"stage": "disqualified", "within": "30d"}}
    story = Story().stage("2026-01-20 09:00", "sql").stage("2026-02-10 09:00", "disqualified")
    found = attained(story, terms)
    assert (found["2026-01", ""]["net"], found["2026-02", ""]["reversed"], found["2026-02", ""]["net"]) == (1, 1, -1)


def test_a_reversal_counts_up_to_and_including_its_time_and_not_after() -> None:
    terms = SQLS | {"reversed_by": {"stage": "disqualified", "within": "30d"}}
    at_the_end = Story().stage("2026-01-01 09:00", "sql").stage("2026-01-31 09:00", "disqualified")
    after_it = Story().stage("2026-01-01 09:00", "sql").stage("2026-01-31 09:00:00.000001", "disqualified")
    assert [attained(story, terms)["2026-01", ""]["reversed"] for story in (at_the_end, after_it)] == [1, 0]


def test_groups_with_a_target_are_judged_others_are_shown_and_none_is_a_group() -> None:
    terms = SQLS | {"by": "segment", "targets": {"smb": 1, "enterprise": 1}}
    story = Story().stage("2026-01-05 09:00", "sql", attributes={"segment": "smb"}).stage("2026-01-06 09:00", "sql", "bea")
    found = attained(story, terms)
    states = {group: found["2026-01", group]["state"] for group in ("", "smb", "enterprise", "(none)")}
    assert states == {"": "met", "smb": "met", "enterprise": "breached", "(none)": ""}


def test_a_value_quota_adds_an_attribute_up() -> None:
    terms = SQLS | {"value": "amount", "target": 1000}
    story = (
        Story()
        .stage("2026-01-05 09:00", "sql", attributes={"amount": "700.5"})
        .stage("2026-01-06 09:00", "sql", "bea", attributes={"amount": "300"})
    )
    assert months(story, terms, "2026-01") == [(1000.5, 1000.5, "met")]


def test_a_period_is_judged_from_its_end_on() -> None:
    story = Story().stage("2026-01-05 09:00", "sql")
    assert attained(story, SQLS, "2026-01-31 23:59:59")["2026-01", ""]["state"] == "pending"
    assert attained(story, SQLS, "2026-02-01 00:00")["2026-01", ""]["state"] == "breached"


def test_only_whole_periods_in_force_are_judged() -> None:
    story = Story().stage("2026-01-20 09:00", "sql")
    assert ("2026-01", "") not in attained(story, SQLS | {"effective_from": "2026-01-15"})


def test_expected_to_date_is_the_share_of_working_time_when_history_is_short() -> None:
    story = Story().stage("2026-01-05 09:00", "sql")
    row = attained(story, SQLS | {"target": 22}, "2026-01-12 09:00")["2026-01", ""]
    assert row["expected_to_date"] == 7  # January 2026 has 22 working days, seven of them by Monday the 12th


def test_a_quota_far_behind_is_at_risk_since_a_working_days_opening() -> None:
    story = Story().stage("2025-12-05 09:00", "sql")
    row = attained(story, SQLS | {"target": 100}, "2026-01-20 12:00")["2026-01", ""]
    assert row["probability"] < 0.5
    assert iso(row["at_risk_since"]).endswith("T09:00:00.000000Z")


def test_a_landing_brackets_what_has_come_so_far() -> None:
    story = Story()
    for month in range(1, 13):
        for day in range(1, 21):
            story.stage(f"2025-{month:02}-{day:02} 10:00", "sql", f"lead {month} {day}")
    for day in range(1, 11):
        story.stage(f"2026-01-{day:02} 10:00", "sql", f"new {day}")
    row = attained(story, SQLS | {"target": 20}, "2026-01-16 12:00")["2026-01", ""]
    assert 10 <= row["p10"] <= row["p50"] <= row["p90"] <= 30
    assert 0 < row["probability"] < 1


def test_a_ratio_counts_what_was_reached_in_time_of_the_leads_that_entered_in_the_period() -> None:
    story = Story()
    for lead, reached in (("a", "2026-01-06 09:00"), ("b", "2026-01-30 09:00"), ("c", None)):
        story.stage("2026-01-05 09:00", "mql", lead)
        if reached:
            story.stage(reached, "sal", lead)
    row = attained(story, ACCEPTED)["2026-01", ""]
    assert (row["counted"], row["cohort"], round(row["share"], 4), row["state"]) == (1, 3, 0.3333, "breached")


def test_a_cohort_is_pending_until_its_last_member_is_old_enough_and_shows_the_mature_ones() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-06 09:00", "sal").stage("2026-01-30 09:00", "mql", "bea")
    row = attained(story, ACCEPTED, "2026-02-10 00:00")["2026-01", ""]
    assert (row["counted"], row["cohort"], row["state"]) == (1, 1, "pending")


def test_below_the_minimum_a_ratio_has_too_few() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    assert attained(story, ACCEPTED)["2026-01", ""]["state"] == "too few"


def test_a_lead_that_enters_in_two_periods_is_in_both_cohorts() -> None:
    story = (
        Story()
        .stage("2026-01-05 09:00", "mql")
        .stage("2026-01-06 09:00", "mql")
        .stage("2026-02-02 09:00", "mql")
        .stage("2026-02-03 09:00", "sal")
    )
    found = attained(story, ACCEPTED, "2026-03-01 00:00")
    assert (found["2026-01", ""]["cohort"], found["2026-02", ""]["cohort"], found["2026-02", ""]["counted"]) == (1, 1, 1)


def test_at_most_turns_the_ratio_round() -> None:
    terms = {key: value for key, value in ACCEPTED.items() if key != "at_least"} | {"at_most": "50%", "reach": {"stage": "disqualified"}}
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-05 09:00", "mql", "bea").stage("2026-01-06 09:00", "disqualified")
    assert attained(story, terms)["2026-01", ""]["state"] == "met"


def told_by_chance(chance: random.Random) -> Story:
    story = Story()
    for lead in range(chance.randrange(1, 12)):
        for _ in range(chance.randrange(1, 5)):
            at = f"2026-{chance.randrange(1, 4):02}-{chance.randrange(1, 28):02} {chance.randrange(24):02}:00"
            about = {"segment": chance.choice(["smb", "enterprise", ""]), "amount": chance.choice(["0.1", "0.7", "1000.3", "much"])}
            stage = chance.choice(["mql", "sal", "sql", "disqualified", "recycled"])
            story.stage(at, stage, f"lead {lead}", attributes={key: value for key, value in about.items() if value})
    return story


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_leads_may_come_in_any_chunks_in_any_order(chance: random.Random) -> None:
    terms = [
        SQLS | {"value": "amount", "recount": True, "by": "segment", "targets": {"smb": 1}, "reversed_by": {"stage": "disqualified"}},
        SQLS | {"sla": "plain"},
        ACCEPTED | {"value": "amount", "by": "segment", "per": "week"},
        SOURCED | {"of": {"stage": "sql"}, "where": {"segment": "smb", "amount": {"above": 0.2}}, "by": "segment"},
    ]
    definitions, story, as_of = promises(*terms), told_by_chance(chance), instant("2026-03-11 12:00")
    leads = sorted({row["lead"] for row in story.rows})
    chunk = {lead: chance.randrange(3) for lead in leads}
    whole = build_facts(completed(story.frame()), as_of, exit_stages=EXITS)
    survey = replace(whole.survey, attributes=frozenset(whole.attributes))
    frames = [Story([row for row in story.rows if chunk[row["lead"]] == number]).frame() for number in set(chunk.values())]
    chunks = [build_facts(completed(frame), as_of, exit_stages=EXITS, survey=survey) for frame in frames]
    chance.shuffle(chunks)
    for versions in definitions.versions().values():
        kind = KINDS[versions[0].kind]
        assert isinstance(kind, PerPeriodKind)
        parts = [kind.gather(versions, definitions, facts) for facts in chunks]
        since = min(known_since(facts) for facts in chunks)
        assert kind.conclude(versions, definitions, parts, since, as_of) == kind.attain(versions, definitions, whole)


REVERSED = SQLS | {"reversed_by": {"stage": "disqualified", "within": "60d"}}


def test_a_reversal_takes_the_worth_that_was_counted() -> None:
    terms = REVERSED | {"value": "amount", "by": "segment", "target": 100}
    story = (
        Story()
        .stage("2026-01-20 09:00", "sql", attributes={"amount": "700", "segment": "smb"})
        .tell("2026-01-25 09:00", "attribute", "amount", value="900", attributes={"amount": "900", "segment": "enterprise"})
        .stage("2026-02-10 09:00", "disqualified")
    )
    found = attained(story, terms)
    assert [found["2026-02", group]["reversed"] for group in ("", "smb")] == [700, 700]
    assert ("2026-02", "enterprise") not in found


def test_a_past_period_is_never_rewritten_by_a_later_reversal() -> None:
    story = Story().stage("2026-01-20 09:00", "sql").stage("2026-01-21 09:00", "sql", "bea").stage("2026-02-10 09:00", "disqualified")
    before, after = (judged(story, REVERSED, as_of=as_of).attained for as_of in ("2026-02-01 00:00", "2026-03-01 00:00"))
    assert before[-2] == after[-3]
    assert (after[-3].period, after[-3].net, after[-3].state) == ("2026-01", 2, "met")


def test_one_reversal_takes_back_one_entry_of_a_lead_that_was_counted_twice() -> None:
    story = (
        Story()
        .stage("2026-01-05 09:00", "sql")
        .stage("2026-01-10 09:00", "recycled")
        .stage("2026-02-02 09:00", "sql")
        .stage("2026-02-10 09:00", "disqualified")
    )
    found = attained(story, REVERSED | {"recount": True})
    assert [found[month, ""]["net"] for month in ("2026-01", "2026-02")] == [1, 0]


def test_ten_times_ten_cents_are_one() -> None:
    story = Story()
    for number in range(10):
        story.stage("2026-01-05 09:00", "sql", f"lead {number}", attributes={"amount": "0.1"})
    assert months(story, SQLS | {"value": "amount", "target": 1}, "2026-01") == [(1, 1, "met")]


def test_a_worth_without_end_or_in_words_adds_nothing() -> None:
    story = Story().stage("2026-01-05 09:00", "sql", attributes={"amount": "inf"}).stage("2026-01-05 09:00", "sql", "bea")
    story.stage("2026-01-06 09:00", "sql", "cleo", attributes={"amount": "a lot"})
    assert months(story, SQLS | {"value": "amount"}, "2026-01") == [(0, 0, "breached")]


def test_a_worth_that_no_source_provides_adds_nothing() -> None:
    story = Story().stage("2026-01-05 09:00", "sql").stage("2026-01-05 09:00", "sql", "bea")
    assert months(story, SQLS | {"value": "amount"}, "2026-01") == [(0, 0, "breached")]


def test_a_quota_without_any_facts_is_not_judged() -> None:
    future = Story().stage("2026-06-05 09:00", "sql")
    assert attained(future, SQLS | {"recount": True, "effective_from": "2026-03-01"}, "2026-02-01 00:00") == {}


def test_what_has_to_be_reached_may_take_as_long_as_the_cohort_takes_to_mature() -> None:
    at_the_end = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-19 09:00", "sal")
    after_it = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-19 09:00:00.000001", "sal")
    sooner = ACCEPTED | {"reach": {"stage": "sal", "within": "3d"}}
    assert [attained(story, ACCEPTED)["2026-01", ""]["counted"] for story in (at_the_end, after_it)] == [1, 0]
    assert attained(at_the_end, sooner)["2026-01", ""]["counted"] == 0


def test_leads_that_are_too_young_stand_apart_from_the_cohort() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").stage("2026-01-30 09:00", "mql", "bea")
    (january,) = (row for row in judged(story, ACCEPTED, as_of="2026-02-10 00:00").attained if row.period == "2026-01")
    assert (january.cohort, january.immature, january.state) == (1, 1, "pending")


def test_a_cohort_without_leads_has_no_share() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    row = attained(story, ACCEPTED)["2026-02", ""]
    assert (row["cohort"], row["share"] is None or row["share"] != row["share"], row["state"]) == (0, True, "too few")


def test_a_ratio_that_no_lead_ever_entered_has_empty_cohorts() -> None:
    found = attained(Story().stage("2026-01-05 09:00", "sal"), ACCEPTED)
    assert {month: (row["counted"], row["cohort"], row["state"]) for (month, _), row in found.items()} == {
        "2026-01": (0, 0, "too few"),
        "2026-02": (0, 0, "too few"),
        "2026-03": (0, 0, "pending"),
    }


def test_reasons_are_given_for_a_share_of_what_was_turned_down() -> None:
    terms = ACCEPTED | {"of": {"stage": "disqualified"}, "reach": {"attribute": "rejection_reason", "within": "2d"}}
    story = Story()
    for lead, reason_on in (("a", "2026-01-06"), ("b", "2026-01-06"), ("c", "2026-01-12"), ("d", None)):
        story.stage("2026-01-05 09:00", "disqualified", lead)
        if reason_on:
            story.tell(
                f"{reason_on} 09:00", "attribute", "rejection_reason", lead, value="no need", attributes={"rejection_reason": "no need"}
            )
    row = attained(story, terms)["2026-01", ""]
    assert (row["counted"], row["cohort"], row["state"]) == (2, 4, "met")


def test_a_share_of_pipeline_is_weighed_by_its_worth() -> None:
    terms = ACCEPTED | {"of": {"stage": "opportunity"}, "reach": {"attribute": "origin", "to": "marketing"}, "value": "amount"}
    story = Story()
    for lead, amount, origin in (("a", "30000", "marketing"), ("b", "10000", "sales"), ("c", "10000", "sales")):
        story.stage("2026-01-05 09:00", "opportunity", lead, attributes={"amount": amount})
        story.tell("2026-01-05 09:05", "attribute", "origin", lead, value=origin, attributes={"origin": origin})
    row = attained(story, terms)["2026-01", ""]
    assert (row["counted"], row["cohort"], row["share"], row["state"]) == (30000, 50000, 0.6, "met")


def pipeline(*deals: tuple[str | None, str | None]) -> Story:
    """An opportunity for each source and amount, on the fifth of January."""
    story = Story()
    for number, (source, amount) in enumerate(deals):
        known = {name: value for name, value in (("source", source), ("amount", amount)) if value is not None}
        story.stage("2026-01-05 09:00", "opportunity", f"lead {number}", attributes=known or None)
    return story


def january(story: Story, terms: dict[str, Any], as_of: str = "2026-02-01 00:00") -> Attained:
    return next(row for row in judged(story, terms, as_of=as_of).attained if (row.period, row.group) == ("2026-01", ""))


def test_the_share_of_pipeline_that_marketing_sourced_is_known_when_the_month_is_over() -> None:
    story = pipeline(("marketing", "30000"), ("webinar", "14000"), ("outbound", "50000"), ("partner", "6000"))
    row = january(story, SOURCED)
    assert (row.counted, row.cohort, row.share, row.target, row.state) == (44000, 100000, 0.44, 0.4, "met")
    assert (row.decided_at, row.immature) == (instant("2026-02-01 00:00"), 0)
    assert january(story, SOURCED, "2026-01-31 23:59").state == "pending"
    assert january(story, SOURCED | {"at_least": "45%"}).state == "breached"


def test_what_is_known_at_the_entry_counts_and_what_becomes_known_later_does_not() -> None:
    story = pipeline(("marketing", "1"), ("outbound", "1"))
    story.tell("2026-01-06 09:00", "attribute", "source", "lead 0", value="outbound")
    story.tell("2026-01-06 09:00", "attribute", "source", "lead 1", value="marketing")
    assert january(story, SOURCED).share == 0.5
    at_once = pipeline(("outbound", "1"), ("outbound", "1")).tell("2026-01-05 09:00", "attribute", "source", "lead 0", value="webinar")
    assert january(at_once, SOURCED).share == 0.5


def test_members_can_be_made_to_wait_all_the_same() -> None:
    story, waiting = pipeline(("marketing", "1"), ("outbound", "1")), SOURCED | {"mature_after": "28d"}
    assert [january(story, waiting, as_of).state for as_of in ("2026-02-02 08:59", "2026-02-02 09:00")] == ["pending", "met"]


def test_groups_of_a_share_by_what_is_known_are_shown_without_a_verdict() -> None:
    story = pipeline(("marketing", "30000"), ("webinar", "10000"), ("outbound", "60000"))
    found = attained(story, SOURCED | {"by": "source"})
    assert {group: (row["counted"], row["cohort"], row["state"]) for (month, group), row in found.items() if month == "2026-01"} == {
        "": (40000, 100000, "met"),
        "marketing": (30000, 30000, ""),
        "webinar": (10000, 10000, ""),
        "outbound": (0, 60000, ""),
    }


def test_leads_are_counted_where_no_value_is_asked_for() -> None:
    terms = {key: value for key, value in SOURCED.items() if key not in ("value", "at_least")} | {"at_most": "50%"}
    story = pipeline(("marketing", None), ("outbound", None), ("outbound", None))
    row = january(story, terms)
    assert (row.counted, row.cohort, row.state) == (1, 3, "met")


def test_a_source_that_nobody_knows_is_in_no_figure_and_is_shown() -> None:
    row = january(pipeline(("marketing", "50"), ("outbound", "40"), (None, "10"), (None, "1")), SOURCED)
    assert (row.counted, row.cohort, row.reasons) == (50, 90, (("source is not known", 2),))


def test_a_share_is_judged_only_where_what_is_not_known_could_not_turn_the_verdict() -> None:
    sure, unsure, hopeless = (pipeline(("marketing", mine), ("outbound", "50"), (None, "10")) for mine in ("40", "39", "23"))
    assert [january(story, SOURCED).state for story in (sure, unsure, hopeless)] == ["met", "unknown", "breached"]


def test_an_attribute_that_no_source_provides_leaves_a_share_unknown() -> None:
    row = january(pipeline(("marketing", "50"), ("outbound", "40")), SOURCED | {"where": {"origin": {"not": "sales"}}})
    assert (row.counted, row.cohort, row.share, row.state) == (0, 0, None, "unknown")
    assert row.reasons == (("no source provides the attribute origin", 2),)


def test_a_score_in_words_is_told_apart_unless_another_condition_decides() -> None:
    terms = SOURCED | {"where": {"source": "marketing", "amount": {"at_least": 10}}, "value": None}
    row = january(pipeline(("marketing", "ten"), ("outbound", "ten"), ("marketing", "12"), ("marketing", "9")), terms)
    assert (row.counted, row.cohort, row.reasons) == (1, 3, (("amount is not a number", 1),))


def test_not_is_fulfilled_by_a_lead_without_a_value_as_in_every_filter() -> None:
    row = january(pipeline((None, "60"), ("outbound", "40")), SOURCED | {"where": {"source": {"not": "outbound"}}})
    assert (row.counted, row.cohort, row.reasons) == (60, 100, ())


def test_an_opportunity_without_an_amount_adds_nothing_and_is_shown() -> None:
    row = january(pipeline(("marketing", "50"), ("outbound", "50"), ("outbound", None), ("marketing", "much")), SOURCED)
    assert (row.share, row.state) == (0.5, "met")
    assert row.reasons == (("amount is not a number", 1), ("amount is not known", 1))


def test_a_share_weighed_by_an_amount_that_no_source_provides_weighs_nothing_and_says_so() -> None:
    row = january(pipeline(("marketing", None), ("outbound", None)), SOURCED)
    assert (row.counted, row.cohort, row.share) == (0, 0, None)
    assert row.reasons == (("no source provides the attribute amount", 2),)


def test_a_share_of_too_few_leads_is_too_few_whatever_is_known_of_them() -> None:
    assert january(pipeline((None, "60"), ("outbound", "40")), SOURCED | {"min_n": 3}).state == "too few"


def test_a_ratio_that_is_not_yet_in_force_is_looked_at_when_it_comes_into_force_and_a_quota_each_morning() -> None:
    for terms, next_look in ((ACCEPTED, "2026-01-20T00:00:00.000000Z"), (SQLS, "2026-01-06T09:00:00.000000Z")):
        later = promises(terms | {"effective_from": "2026-01-20"})
        (contributed,) = contributions_of(later, judged(Story().stage("2025-12-01 09:00", "nurture"), terms).facts)
        assert iso(next_conclusion(contributed.sla, later, [contributed.what], instant("2026-01-05 09:00"))) == next_look
