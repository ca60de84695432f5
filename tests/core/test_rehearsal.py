"""What would be said of a lead if nobody answered: who hears it, when, and in which role."""

from collections.abc import Mapping
from typing import Any

from slamon.core.alerts.rehearsal import rehearse
from slamon.core.alerts.routing import Routing, TeamRoute
from slamon.core.working_time.instants import iso
from tests.core.stories import FOLLOW_UP, Story, judged, promises
from tests.core.test_notices import RITA, ROUTING, asked


def rehearsed(story: Story, terms: Mapping[str, Any], as_of: str, routing: Routing = ROUTING, **person: Any) -> list[tuple[str, ...]]:
    """(kind, at, time of the day, address) of each notice to come."""
    judgement = judged(story, terms, as_of=as_of, people=[RITA | person])
    found = rehearse(judgement, promises(terms), routing)
    return [(each.kind, each.at, iso(each.instant)[11:16], each.recipient.address) for each in found]


def test_without_alerts_a_rehearsal_names_each_warning_and_the_breach() -> None:
    assert rehearsed(asked(), FOLLOW_UP | {"warn_at": ["50%", "30wm"]}, "2026-01-05 09:10") == [
        ("warning", "warning", "10:00", "rita@example.com"),
        ("warning", "warning", "10:30", "rita@example.com"),
        ("breach", "breach", "11:00", "#emea"),
        ("breach", "breach", "11:00", "rita@example.com"),
    ]


def test_a_warning_that_comes_for_another_version_only_is_not_rehearsed() -> None:
    first = FOLLOW_UP | {"effective_until": "2026-01-06", "warn_at": ["50%"]}
    later = FOLLOW_UP | {"effective_from": "2026-01-06", "warn_at": ["50%", "30wm"]}
    judgement = judged(asked(), first, later, as_of="2026-01-05 09:10", people=[RITA])
    found = [each.at for each in rehearse(judgement, promises(first, later), ROUTING)]
    assert found == ["warning", "breach", "breach"]


def test_what_only_answers_or_corrects_is_not_rehearsed_and_nothing_while_the_clock_stands() -> None:
    alerts = [{"at": at, "to": "holder"} for at in ("answered late", "breach")]
    terms = FOLLOW_UP | {"alerts": alerts, "pause": {"while": {"stage": "nurture"}}}
    assert rehearsed(asked(), terms, "2026-01-05 09:10") == [("breach", "breach", "11:00", "rita@example.com")]
    assert rehearsed(asked().stage("2026-01-05 09:05", "nurture"), terms, "2026-01-05 09:10") == []


def test_a_manager_who_is_not_in_slack_is_replaced_by_the_teams_channel() -> None:
    terms = FOLLOW_UP | {"alerts": [{"at": "breach", "to": "manager"}]}
    gone = Routing("#sla", {"emea": TeamRoute("mia@example.com", "#emea")}, unreachable=frozenset({"mia@example.com"}))
    assert rehearsed(asked(), terms, "2026-01-05 09:10") == [("breach", "breach", "11:00", "mia@example.com")]
    assert rehearsed(asked(), terms, "2026-01-05 09:10", gone) == [("breach", "breach", "11:00", "#emea")]
