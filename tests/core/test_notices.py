"""What is due to be said: defaults, every moment that terms can name, what a notice says of its cycle, quotas and ratios."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from slamon.core.alerts import Held, Notice
from slamon.core.alerts.notices import Said, instants_of, notices
from slamon.core.alerts.quota_notices import quota_notices
from slamon.core.alerts.routing import Routing, TeamRoute
from slamon.core.definitions.alert_terms import Alert, AlertMoment
from slamon.core.working_time.instants import NEVER, iso
from slamon.core.working_time.quiet_hours import released_at
from tests.core.stories import FOLLOW_UP, PROMISE, Story, instant, judged, promises
from tests.core.test_cadence import PERSISTENCE
from tests.core.test_scorecards import QUOTA, RATIO, SOURCED, arrivals

ROUTING = Routing("#sla", {"emea": TeamRoute("mia@example.com", "#emea")})
RITA = {"id": "rita", "name": "Rita", "email": "rita@example.com", "team": "emea"}


def asked() -> Story:
    """A lead of Rita's that asked on Monday at nine; its follow-up is due at eleven."""
    return Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")


def said(
    story: Story, terms: Mapping[str, Any], as_of: str, go_live: str = "2026-01-01 00:00", lag: int = 0, told: Any = (), **more: Any
) -> list[Notice]:
    judgement = judged(story, terms, as_of=as_of, people=[RITA], **more)
    more.pop("absences", None)
    return list(notices(judgement, promises(terms, **more), ROUTING, instant(go_live), dict(told), lag=lag))


def moments(*args: Any, **more: Any) -> list[tuple[str, str]]:
    return [(notice.kind, iso(notice.instant)[:16].replace("T", " ")) for notice in said(*args, **more)]


def test_without_alerts_the_holder_hears_each_warning_while_nobody_answered() -> None:
    terms = FOLLOW_UP | {"warn_at": ["50%", "30wm"]}
    assert moments(asked(), terms, "2026-01-05 09:59:59") == []
    assert moments(asked(), terms, "2026-01-05 10:00") == [("warning", "2026-01-05 10:00")]
    both = said(asked(), terms, "2026-01-05 11:00")
    assert [(each.sequence, iso(each.instant)[11:16]) for each in both] == [(100, "10:00"), (101, "10:30")]
    assert {recipient.address for each in both for recipient in each.recipients} == {"rita@example.com"}
    assert moments(asked().call("2026-01-05 10:15"), terms, "2026-01-05 11:00") == []


def test_without_alerts_the_holder_and_the_teams_channel_hear_of_a_breach_and_not_of_the_warnings_any_more() -> None:
    (breach,) = said(asked(), FOLLOW_UP, "2026-01-05 11:00:01")
    assert (breach.kind, [recipient.address for recipient in breach.recipients]) == ("breach", ["rita@example.com", "#emea"])


def test_what_came_due_before_going_live_is_not_said_one_by_one() -> None:
    assert moments(asked(), FOLLOW_UP, "2026-01-05 10:50", go_live="2026-01-05 10:36") == [("warning", "2026-01-05 10:36")]
    assert moments(asked(), FOLLOW_UP, "2026-01-05 10:50", go_live="2026-01-05 10:36:01") == []
    assert moments(asked(), FOLLOW_UP, "2026-01-05 12:00", go_live="2026-01-05 11:00:01") == []


def test_moments_may_be_shares_times_before_due_and_times_after_the_breach() -> None:
    told = [{"at": at, "to": "manager"} for at in ("50%", "due - 30wm", "breach", "breach + 1wh", "breach + 1wd")]
    terms = FOLLOW_UP | {"alerts": told}
    assert moments(asked(), terms, "2026-01-05 11:00") == [("warning", "2026-01-05 10:00"), ("warning", "2026-01-05 10:30")]
    assert moments(asked(), terms, "2026-01-05 11:59") == [("breach", "2026-01-05 11:00")]
    assert moments(asked(), terms, "2026-01-06 12:00") == [
        ("breach", "2026-01-05 11:00"),
        ("escalation", "2026-01-05 12:00"),
        ("escalation", "2026-01-06 11:00"),
    ]


@pytest.mark.parametrize(
    ("alert", "mend"),
    [
        ({"at": "80%", "remind": "4wh"}, "only a breach is recalled, not 80%"),
        ({"at": "breach", "remind": "4h"}, "may end at night; write working time"),
    ],
)
def test_only_a_breach_is_recalled_and_in_working_time(alert: dict[str, str], mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        Alert.model_validate({"to": "holder", **alert})


def test_a_warning_that_names_neither_share_nor_time_is_the_cadences_own_and_never_comes_for_a_deadline() -> None:
    bare = AlertMoment("warning")
    (found,) = (judgement := judged(asked(), FOLLOW_UP | {"warn_at": bare}, as_of="2026-01-05 10:50")).per_lead
    assert found.obligations.warnings.tolist() == [[NEVER]]
    assert instants_of(judgement.facts, found, bare, np.array([0])).tolist() == [NEVER]


def test_a_breach_waits_as_long_as_the_data_may_be_late() -> None:
    hour = 3_600_000_000
    assert moments(asked(), FOLLOW_UP, "2026-01-05 11:59", lag=hour) == []
    assert moments(asked(), FOLLOW_UP, "2026-01-05 12:00", lag=hour) == [("breach", "2026-01-05 11:00")]


def test_nobody_is_pressed_about_a_lead_that_was_deleted_or_taken_out_since_and_the_breach_stands() -> None:
    terms = FOLLOW_UP | {"alerts": [{"at": "breach", "to": "holder"}, {"at": "breach + 1wh", "to": "manager"}]}
    terms |= {"cancelled_by": {"stage": "disqualified"}}
    pressed = [("breach", "2026-01-05 11:00"), ("escalation", "2026-01-05 12:00")]
    assert moments(asked(), terms, "2026-01-05 12:00") == pressed
    gone = asked().tell("2026-01-05 11:30", "deleted")
    assert moments(gone, terms, "2026-01-05 12:00") == pressed[:1]
    assert moments(gone.tell("2026-01-05 11:45", "restored"), terms, "2026-01-05 12:00") == pressed
    assert moments(asked().stage("2026-01-05 11:59:59", "disqualified"), terms, "2026-01-05 12:00") == pressed[:1]
    assert moments(asked().stage("2026-01-05 12:00:01", "disqualified"), terms, "2026-01-05 12:30") == pressed


def test_nobody_is_pressed_about_a_cadence_that_has_ended_since() -> None:
    terms = PERSISTENCE | {"alerts": [{"at": "breach + 1wh", "to": "manager"}], "ended_by": [{"stage": "opportunity"}]}
    silent = Story().owner("2026-01-02 09:00", "rita").stage("2026-01-05 09:00", "mql")
    ((_, at),) = moments(silent, terms, "2026-02-02 12:00")
    before = f"{at[:10]} 09:05"
    assert moments(silent.stage(before, "opportunity"), terms, "2026-02-02 12:00") == []


def test_an_answer_silences_escalations_and_is_told_where_the_breach_was() -> None:
    answered = asked().call("2026-01-05 12:30")
    terms = FOLLOW_UP | {"alerts": [{"at": "breach + 2wh", "to": "manager"}]}
    (cycle_id,) = judged(answered, terms, people=[RITA]).verdicts()["cycle_id"]
    assert moments(answered, terms, "2026-01-05 14:00") == []
    told = {cycle_id: Said(frozenset({("breach", 0)}))}
    assert moments(answered, terms, "2026-01-05 14:00", told=told) == [("answered late", "2026-01-05 12:30")]


def test_a_warning_that_was_told_is_cleared_once_the_cycle_is_over_and_once_for_each_state() -> None:
    in_time, late = asked().call("2026-01-05 10:45"), asked().call("2026-01-05 12:30")
    (cycle_id,) = judged(in_time, FOLLOW_UP, people=[RITA]).verdicts()["cycle_id"]
    warned = {cycle_id: Said(frozenset({("warning", 100)}))}
    (cleared,) = said(in_time, FOLLOW_UP, "2026-01-05 10:50", told=warned)
    assert (cleared.kind, cleared.state, iso(cleared.instant)[11:16], cleared.recipients) == ("cleared", "met", "10:45", ())
    assert [kind for kind, _ in moments(late, FOLLOW_UP, "2026-01-05 11:30", told=warned)] == ["breach", "cleared"]
    assert moments(late, FOLLOW_UP, "2026-01-05 14:00", told=warned) == [("cleared", "2026-01-05 11:00")]
    again = {cycle_id: Said(frozenset({("warning", 100), ("cleared", cleared.sequence)}))}
    assert moments(in_time, FOLLOW_UP, "2026-01-05 10:50", told=again) == []
    assert moments(late, FOLLOW_UP, "2026-01-05 14:00", told=again) == [("cleared", "2026-01-05 11:00")]
    assert [kind for kind, _ in moments(asked(), FOLLOW_UP, "2026-01-05 10:50", told=warned)] == ["warning"]
    assert moments(in_time, FOLLOW_UP, "2026-01-05 10:50", go_live="2026-01-05 10:46", told=warned) == []


def test_a_breach_that_was_told_and_is_none_any_more_is_corrected() -> None:
    in_time = asked().call("2026-01-05 10:30")
    (cycle_id,) = judged(in_time, FOLLOW_UP, people=[RITA]).verdicts()["cycle_id"]
    told = {cycle_id: Said(frozenset({("escalation", 2)}))}
    (corrected,) = said(in_time, FOLLOW_UP, "2026-01-05 14:00", told=told)
    assert (corrected.kind, iso(corrected.instant)[11:16], corrected.updates_only) == ("corrected", "10:30", True)


def test_a_miss_of_more_than_thirty_days_ago_is_not_brought_up_to_date_any_more_and_still_taken_back_when_it_was_none() -> None:
    late, in_time = asked().call("2026-02-04 10:00"), asked().call("2026-01-05 10:30")
    (cycle_id,) = judged(late, FOLLOW_UP, people=[RITA]).verdicts()["cycle_id"]
    told = {cycle_id: Said(frozenset({("breach", 0)}))}
    thirty_days, longer = "2026-02-04 11:00", "2026-02-04 11:00:01"
    assert "answered late" in [kind for kind, _ in moments(late, FOLLOW_UP, thirty_days, told=told)]
    assert moments(late, FOLLOW_UP, longer, told=told) == []
    assert [kind for kind, _ in moments(in_time, FOLLOW_UP, longer, told=told)] == ["corrected"]


def test_a_notice_of_a_cadence_says_which_attempt_is_next() -> None:
    story = asked().call("2026-01-06 10:00")
    (warning,) = said(story, PERSISTENCE, "2026-01-12 12:00")
    assert (warning.kind, warning.target) == ("warning", "attempt 2 of 4")
    all_made = asked().call("2026-01-06 10:00").call("2026-01-08 10:00")
    waits = PERSISTENCE | {"attempts": 2, "channels": 2, "attempt": {"activity": ["call", "email"]}}
    (breach,) = said(all_made.call("2026-01-19 10:00", name="email", lead="bea"), waits, "2026-01-16 17:00:01")
    assert (breach.kind, breach.target) == ("breach", "attempt 2 of 2")


def test_a_holder_who_is_away_hears_nothing_and_the_teams_channel_does() -> None:
    away = [{"person": "rita", "since": "2026-01-05 08:00", "until": "2026-01-10 00:00"}]
    (warning,) = said(asked(), FOLLOW_UP, "2026-01-05 10:40", absences=away)
    assert [(each.address, each.role) for each in warning.recipients] == [("#emea", "team channel")]


def test_a_notice_splits_the_time_into_routing_owner_and_closed_hours() -> None:
    story = Story().owner("2026-01-02 09:00", None).stage("2026-01-05 08:00", "mql").owner("2026-01-05 09:30", "rita")
    (breach,) = said(story, FOLLOW_UP, "2026-01-05 12:00")
    assert (breach.elapsed_s, breach.late_by_s, breach.closed_s) == (3 * 3600, 3600, 3600)
    assert (breach.routing_s, breach.held) == (1800, (Held("Rita", 9000),))


def test_each_holders_own_part_of_the_clock_is_told_apart() -> None:
    story = Story().owner("2026-01-02 09:00", None).stage("2026-01-05 09:00", "mql").owner("2026-01-05 09:04", "bea")
    story.owner("2026-01-05 10:00", None).owner("2026-01-05 10:30", "bea").owner("2026-01-05 10:59:35", "rita")
    (breach,) = said(story, FOLLOW_UP, "2026-01-05 11:30")
    assert breach.routing_s == 240
    assert breach.held == (Held("bea", 56 * 60 + 29 * 60 + 35), Held("", 1800), Held("Rita", 30 * 60 + 25))
    (warning,) = said(Story().owner("2026-01-02 09:00", None).stage("2026-01-05 09:00", "mql"), FOLLOW_UP, "2026-01-05 10:40")
    assert (warning.routing_s, warning.held) == (6000, ())


def test_a_notice_says_who_hears_next_and_when() -> None:
    terms = FOLLOW_UP | {"alerts": [{"at": "50%", "to": "holder"}, {"at": "breach", "to": ["holder", "manager"]}]}
    (warning,) = said(asked(), terms, "2026-01-05 10:00")
    assert (iso(warning.next_at)[11:16], warning.next_step) == ("11:00", "holder and manager")
    (breach,) = said(asked(), terms, "2026-01-05 11:00:01")
    assert (breach.next_at, breach.next_step) == (NEVER, "")


def test_a_notice_says_why_this_lead_and_what_the_buyer_did_lately() -> None:
    story = Story().tell("2026-01-03 08:59", "touch", "ebook_download", value="guide").tell("2026-01-03 09:00", "touch", "demo_request")
    story.stage("2026-01-05 09:00", "mql", attributes={"intent": "hot"})
    (warning,) = said(story, FOLLOW_UP, "2026-01-05 10:40")
    assert warning.intent == "demo request, hot intent"
    assert [(touch.touch, touch.asset) for touch in warning.touches] == [("demo_request", ""), ("ebook_download", "guide")]
    long_ago = Story().tell("2026-01-02 08:59", "touch", "form").stage("2026-01-05 09:00", "mql")
    (warning,) = said(long_ago, FOLLOW_UP, "2026-01-05 10:40")
    assert warning.intent == "MQL"
    (warning,) = said(Story().owner("2026-01-05 09:00", "rita"), FOLLOW_UP | {"start": {"owner": "assigned"}}, "2026-01-05 10:40")
    assert warning.intent == "assigned to Rita"


# Quotas and ratios.


def of_periods(story: Story, terms: Mapping[str, Any], as_of: str, go_live: str = "2026-01-01 00:00", **more: Any) -> list[Notice]:
    return list(quota_notices(judged(story, terms, as_of=as_of, **more), promises(terms, **more), ROUTING, instant(go_live)))


def test_a_quota_at_risk_warns_and_a_missed_one_is_a_breach_of_its_period() -> None:
    story = arrivals("2026-01-07")
    (warning,) = of_periods(story, QUOTA, "2026-01-20 12:00")
    assert (warning.cycle_id, warning.kind, warning.target, warning.holder_name) == (
        "mqls/2026-01/",
        "warning",
        "20 in 2026-01",
        "Head of Sales",
    )
    assert warning.intent.startswith("1 so far, ")
    assert "expected by now" in warning.intent
    (breach,) = of_periods(story, QUOTA, "2026-02-02 00:00", go_live="2026-02-01 00:00")[:1]
    assert (breach.kind, iso(breach.instant)[:10], breach.intent) == ("breach", "2026-02-01", "1 so far")
    assert [recipient.address for recipient in breach.recipients] == ["#sla"]


def test_quotas_from_before_going_live_and_those_on_their_way_say_nothing() -> None:
    story = arrivals("2026-01-07")
    assert [each.kind for each in of_periods(story, QUOTA, "2026-02-01 12:00", go_live="2026-02-01 00:00:01")] == []
    assert of_periods(story, QUOTA | {"target": 1}, "2026-01-20 12:00") == []
    assert of_periods(story, QUOTA, "2026-01-20 12:00", go_live="2026-01-20 12:00") == []


def test_a_quotas_alerts_say_who_hears_of_it() -> None:
    story = arrivals("2026-01-07")
    own = QUOTA | {"alerts": [{"at": "50%", "to": "#marketing"}, {"at": "breach", "to": "ana@example.com"}]}
    shared = QUOTA | {"alerts": "loud"}
    for terms in (own, shared):
        route: dict[str, Any] = {"routes": {"loud": promises(own).definitions[0].alerts}} if terms is shared else {}
        (warning,) = of_periods(story, terms, "2026-01-20 12:00", **route)
        breach = of_periods(story, terms, "2026-02-02 00:00", **route)[0]
        heard = [[(each.channel, each.address) for each in notice.recipients] for notice in (warning, breach)]
        assert heard == [[("slack", "#marketing")], [("email", "ana@example.com")]]


def test_a_missed_ratio_shows_the_share_in_per_cent() -> None:
    (breach,) = of_periods(arrivals("2026-01-07", "2026-01-08"), RATIO, "2026-03-02 00:00")
    assert (breach.kind, breach.intent, breach.target) == ("breach", "0 % of 2", "50 % in 2026-01")


def test_a_missed_share_of_pipeline_says_what_was_sourced() -> None:
    story = Story()
    for number, (source, amount) in enumerate((("webinar", "399.9"), ("outbound", "600.1"))):
        story.stage("2026-01-07 09:00", "opportunity", f"lead{number}", attributes={"source": source, "amount": amount})
    (breach,) = of_periods(story, SOURCED, "2026-02-02 00:00")
    assert (breach.intent, breach.target) == ("sourced 39.99 % of 1,000 (source: marketing or webinar)", "40 % in 2026-01")


def test_a_share_that_was_missed_by_a_hair_does_not_read_as_kept() -> None:
    story = Story()
    for number, (source, amount) in enumerate((("webinar", "39999"), ("outbound", "60001"))):
        story.stage("2026-01-07 09:00", "opportunity", f"lead{number}", attributes={"source": source, "amount": amount + "0"})
    (breach,) = of_periods(story, SOURCED | {"at_least": "39.9991%"}, "2026-02-02 00:00")
    assert breach.intent.startswith("sourced 39.999 % of 1,000,000")


def test_a_share_that_a_missing_source_could_turn_is_no_miss() -> None:
    story = Story().stage("2026-01-07 09:00", "opportunity", attributes={"amount": "10"})
    story.stage("2026-01-07 09:00", "opportunity", "bea", attributes={"amount": "10", "source": "outbound"})
    assert of_periods(story, SOURCED, "2026-02-02 00:00") == []


# Quiet hours.


@pytest.mark.parametrize(
    ("begins", "ends", "at", "released"),
    [
        ("20:00", "07:00", "2026-01-05 19:59", "2026-01-05 19:59"),
        ("20:00", "07:00", "2026-01-05 20:00", "2026-01-06 07:00"),
        ("20:00", "07:00", "2026-01-06 06:59", "2026-01-06 07:00"),
        ("20:00", "07:00", "2026-01-06 07:00", "2026-01-06 07:00"),
        ("12:00", "13:30", "2026-01-05 11:59", "2026-01-05 11:59"),
        ("12:00", "13:30", "2026-01-05 12:00", "2026-01-05 13:30"),
        ("12:00", "13:30", "2026-01-05 13:30", "2026-01-05 13:30"),
    ],
)
def test_a_message_waits_until_quiet_hours_end(begins: str, ends: str, at: str, released: str) -> None:
    assert released_at(instant(at), begins, ends, "UTC") == instant(released)


def test_without_any_calendar_working_hours_run_round_the_clock() -> None:
    terms = {key: value for key, value in (PROMISE | FOLLOW_UP).items() if key != "calendar"}
    (warning,) = said(asked(), terms, "2026-01-05 10:40")
    assert (warning.timezone, warning.target) == ("UTC", "2 working hours")
