"""What an explanation says beyond one deadline: channels, merges, further starts, pauses, holders' spans, quotas and ratios."""

from typing import Any

from slamon.core.explain import Explanation, as_data, differences, explain
from slamon.core.explain.wording import on_clock
from slamon.core.verdicts import Rulings
from slamon.core.verdicts.activation import Activation
from tests.core.stories import FOLLOW_UP, PROMISE, Story, instant, judged, promises

TWO_CHANNELS = PROMISE | {
    "sla": "attempts",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempts": 3,
    "attempt": {"activity": ["call", "email"], "direction": "outbound"},
    "within": "10wd",
    "gap": {"min": "1wd"},
    "channels": 2,
}
QUOTA = PROMISE | {
    "sla": "leads",
    "kind": "quota",
    "counts": {"stage": "mql"},
    "target": 10,
    "by": "source",
    "reversed_by": {"stage": "disqualified", "within": "30d"},
}
RATIO = PROMISE | {
    "sla": "accepted",
    "kind": "ratio",
    "of": {"stage": "mql"},
    "reach": {"stage": "sal", "within": "14d"},
    "at_least": "60%",
}
SOURCED = PROMISE | {
    "sla": "sourced",
    "kind": "ratio",
    "of": {"stage": "opportunity"},
    "where": {"source": ["marketing", "webinar"]},
    "at_least": "40%",
}


def explained(story: Story, *terms: dict[str, Any], lead: str = "ada", seen: dict[str, int] | None = None, **more: Any) -> Explanation:
    found = explain(judged(story, *terms, **more), promises(*terms), lead, seen=seen)
    assert found is not None
    assert not differences(as_data(found))
    return found


def three_calls() -> Story:
    story = Story().stage("2026-01-05 09:00", "mql")
    return story.call("2026-01-05 10:00").call("2026-01-06 10:00").call("2026-01-07 10:00").call("2026-01-08 10:00")


def test_a_cadence_that_misses_a_channel_says_which_ones_were_used() -> None:
    (cycle,) = explained(three_calls(), TWO_CHANNELS).cycles
    assert (cycle.state, cycle.channels_used) == ("breached", ("call",))
    assert cycle.candidates[-1].why == "all attempts are made already: only a further channel is missing"


def test_an_attempt_beyond_the_last_says_that_it_brought_the_missing_channel() -> None:
    (cycle,) = explained(three_calls().call("2026-01-09 10:00", name="email"), TWO_CHANNELS).cycles
    assert (cycle.state, cycle.channels_used) == ("met", ("call", "email"))
    assert cycle.candidates[-1].why == "brings the last channel that was missing: completes the cadence"


def test_an_answer_of_a_merged_record_says_that_it_was_a_breach_until_the_merge_was_known() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", lead="ada").call("2026-01-05 10:30", lead="bob")
    story.tell("2026-01-05 15:00", "merged", lead="ada", value="bob")
    found = explained(story, FOLLOW_UP, lead="bob", seen={f"e{n}": event["at"] for n, event in enumerate(story.rows)})
    call = "the outbound call of Mon 2026-01-05 10:30 is of the record bob, the start of ada"
    assert found.cycles[0].known == (f"{call}; until the merge was known, Mon 2026-01-05 15:00, this was a breach",)


def test_a_start_after_the_answer_says_that_it_came_too_soon_for_a_new_cycle() -> None:
    story = Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 10:00").stage("2026-01-05 15:00", "mql")
    (cycle,) = explained(story, FOLLOW_UP).cycles
    assert cycle.candidates[-1].why == "a further start within 24 hours of the accepted one: the same cycle"


def test_an_answer_at_exactly_due_says_so() -> None:
    (cycle,) = explained(Story().stage("2026-01-05 09:00", "mql").call("2026-01-05 11:00"), FOLLOW_UP).cycles
    assert (cycle.state, cycle.candidates[0].why) == ("met", "answers exactly at due")


def test_pauses_of_a_target_in_working_days_say_how_far_they_moved_due() -> None:
    story = Story().stage("2026-01-05 15:00", "mql").stage("2026-01-06 10:00", "nurture").stage("2026-01-06 13:00", "sal")
    (cycle,) = explained(story, FOLLOW_UP | {"within": "2wd", "pause": {"while": {"stage": "nurture"}}}).cycles
    assert (cycle.unpaused_due_at, cycle.paused_s) == (instant("2026-01-07 15:00"), 3 * 3600)
    assert cycle.due_at == instant("2026-01-08 10:00")


def test_the_way_to_the_answer_is_split_by_who_held_the_lead() -> None:
    story = Story().stage("2026-01-05 10:00", "mql").owner("2026-01-05 11:00", "rita").owner("2026-01-05 15:00", "ben")
    (cycle,) = explained(story.call("2026-01-06 10:00"), FOLLOW_UP).cycles
    assert (cycle.system_delay_s, cycle.human_delay_s, cycle.total_s) == (3600, 7 * 3600, 8 * 3600)
    assert [(each.name, each.held_s) for each in cycle.holders] == [("rita", 4 * 3600), ("ben", 3 * 3600)]


def test_who_is_warned_is_warned_when_the_alerts_say_and_without_alerts_at_the_warnings() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    listed = FOLLOW_UP | {"alerts": [{"at": "50%", "to": "holder"}, {"at": "breach", "to": "manager"}]}
    times = [explained(story, terms).cycles[0].warned_at for terms in (FOLLOW_UP, listed, listed | {"alerts": []})]
    assert times == [(instant("2026-01-05 10:36"),), (instant("2026-01-05 10:00"),), ()]


def test_a_version_put_on_a_cycle_that_was_past_due_by_it_says_so() -> None:
    shorter = FOLLOW_UP | {"effective_from": "2026-01-06", "within": "1wh"}
    longer = FOLLOW_UP | {"within": "4wd"}
    put = Rulings(activated=(Activation("follow-up", "2026-01-06", instant("2026-01-06 12:00"), "Rita"),))
    (cycle,) = explained(Story().stage("2026-01-05 09:00", "mql"), longer, shorter, rulings=put).cycles
    assert (cycle.state, cycle.due_at) == ("breached", instant("2026-01-05 10:00"))
    words = "by version 2026-01-06 it was past due already when that version came to judge it, Tue 2026-01-06 12:00: a breach at once"
    assert cycle.known == (words,)


def test_the_part_of_a_lead_in_quotas_and_ratios_is_told() -> None:
    story = Story().stage("2026-01-05 09:00", "mql", attributes={"source": "web"}).stage("2026-01-06 10:00", "sal")
    story.stage("2026-02-01 10:00", "disqualified").stage("2026-01-05 09:00", "mql", lead="bob")
    member, entry = explained(story, QUOTA, RATIO).counted
    assert (entry.period, entry.group, entry.standing) == ("2026-01", "web", "reversed")
    assert entry.why == "taken back Sun 2026-02-01 10:00, out of 2026-02"
    assert (member.period, member.group, member.standing) == ("2026-01", "", "counts")
    assert member.decided_at == instant("2026-01-06 10:00")


def test_a_member_that_may_still_reach_it_is_open_and_one_that_did_not_does_not_count() -> None:
    story = Story().stage("2026-01-05 09:00", "mql")
    (early,) = explained(story, RATIO, as_of="2026-01-19 09:00").counted
    (late,) = explained(story, RATIO, as_of="2026-01-19 10:00").counted
    assert (early.standing, late.standing) == ("open", "does not count")
    assert late.why == "did not reach it by Mon 2026-01-19 09:00"


def test_a_member_by_what_is_known_of_it_says_what_was_asked_or_what_nobody_knows() -> None:
    story = Story().stage("2026-01-05 09:00", "opportunity", attributes={"source": "webinar"})
    story.stage("2026-01-05 10:00", "opportunity", lead="bob", attributes={"source": "outbound"})
    story.stage("2026-01-05 11:00", "opportunity", lead="cid", attributes={"amount": "500"})
    told = [explained(story, SOURCED, lead=lead).counted[0] for lead in ("ada", "bob", "cid")]
    asked = "asked was source: marketing or webinar at the entry"
    assert [(each.standing, each.why) for each in told] == [
        ("counts", asked),
        ("does not count", asked),
        ("unknown", "source is not known"),
    ]
    assert [each.decided_at for each in told] == [each.at for each in told]


def test_an_entry_before_the_promise_was_in_force_is_no_part_of_it() -> None:
    assert not explained(Story().stage("2024-12-30 09:00", "mql"), QUOTA, RATIO).counted


def test_what_waits_is_said_on_one_clock_and_peoples_own_words_that_are_no_instant_stay() -> None:
    reason = "silence 1 by rev until 2026-11-22 22:30 UTC: the phones come back 2026-11-31 09:00 UTC"
    told = "silence 1 by rev until Sun 2026-11-22 23:30: the phones come back 2026-11-31 09:00 UTC"
    assert on_clock(reason, "Europe/Berlin") == told
