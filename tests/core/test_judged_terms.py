"""The terms that verdicts follow from: what an edit changes in them, and what is only words."""

from dataclasses import replace
from typing import Any

import pytest

from slamon.core.definitions import DefinitionSet, Stage
from slamon.core.verdicts.judged_terms import ChangedTerms, JudgedTerms, changed_terms, judged_terms
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import FOREVER
from tests.core.stories import DEFINITIONS, FOLLOW_UP, OFFICE, PROMISE, instant

QUOTA = PROMISE | {"sla": "leads", "kind": "quota", "counts": {"stage": "mql"}, "target": 40}
LATER = {"effective_from": "2026-02-01"}


def promised(*terms: dict[str, Any], office: Calendar = OFFICE, **more: Any) -> DefinitionSet:
    definitions = tuple(DEFINITIONS.validate_python(each) for each in terms)
    return DefinitionSet(definitions, {"office": office}, **more)


def changes(before: DefinitionSet, after: DefinitionSet) -> list[ChangedTerms]:
    return changed_terms(judged_terms(before), judged_terms(after))


def differences(before: DefinitionSet, after: DefinitionSet) -> list[str]:
    return [words for change in changes(before, after) for words in change.differences]


def test_another_target_is_named_with_what_it_was() -> None:
    (change,) = changes(promised(FOLLOW_UP), promised(FOLLOW_UP | {"within": "10m"}))
    assert (change.key, change.differences) == (("follow-up", "2025-01-01"), ("within: 2wh → 10m",))
    assert change.since == instant("2025-01-01 00:00")
    assert not change.only_its_end


@pytest.mark.parametrize(
    "words",
    [
        {"title": "Another title"},
        {"description": "Because they asked"},
        {"accountable": "Somebody else"},
        {"alerts": [{"at": "breach", "to": "manager"}]},
        {"warn_at": ["50%"]},
        {"within": "2 working hours"},
        {"debounce": "24h"},
    ],
)
def test_words_alerts_and_another_way_to_write_the_same_change_nothing(words: dict[str, Any]) -> None:
    assert changes(promised(FOLLOW_UP), promised(FOLLOW_UP | words)) == []


def test_a_key_that_comes_or_goes_is_named_as_not_given() -> None:
    with_credit = promised(FOLLOW_UP | {"credit_before": "3d"})
    assert differences(promised(FOLLOW_UP), with_credit) == ["credit_before: not given → 3d"]
    assert differences(with_credit, promised(FOLLOW_UP)) == ["credit_before: 3d → not given"]


def test_a_long_value_is_cut() -> None:
    names = {"stage": [f"stage-number-{number}" for number in range(20)]}
    (words,) = differences(promised(FOLLOW_UP), promised(FOLLOW_UP | {"cancelled_by": names}))
    assert words.startswith("cancelled_by: ")
    assert words.endswith("…")


def test_a_calendar_counts_by_its_hours_zone_and_country_and_not_by_its_name() -> None:
    shorter = Calendar("UTC", {"mon-thu": ["09:00-17:00"], "fri": ["09:00-15:00"]}, {"country": "DE", "subdivision": "BY"})
    found = differences(promised(FOLLOW_UP), promised(FOLLOW_UP, office=shorter))
    assert found == ['hours: fri: ["09:00-17:00"] → ["09:00-15:00"]', "hours: holidays: not given → DE/BY"]
    renamed = DefinitionSet((DEFINITIONS.validate_python(FOLLOW_UP | {"calendar": "desk"}),), {"desk": OFFICE})
    assert changes(promised(FOLLOW_UP), renamed) == []


def test_dates_of_a_calendar_are_facts() -> None:
    closed = Calendar("UTC", {"mon-fri": ["09:00-17:00"]}, {"add": ["2026-01-06"]}, {"2026-01-07": ["10:00-12:00"]})
    assert changes(promised(FOLLOW_UP), promised(FOLLOW_UP, office=closed)) == []


def test_with_the_owners_calendar_the_hours_of_each_count_and_a_new_one_is_nobodys_yet() -> None:
    of_owner, night = FOLLOW_UP | {"calendar": "owner"}, Calendar("UTC", {"mon-fri": ["22:00-06:00"]})
    both = DefinitionSet((DEFINITIONS.validate_python(of_owner),), {"office": OFFICE, "night": night})
    assert changes(promised(of_owner), both) == []
    (words,) = differences(both, promised(of_owner))
    assert words.startswith('hours of: night: {"fri": ["22:00-06:00"], ')
    assert words.endswith("… → not given")


def test_the_exit_stages_are_terms_of_a_quota_alone() -> None:
    left = (Stage.model_validate({"stage": "recycled", "means": "Later.", "exit": True}),)
    assert differences(promised(QUOTA), promised(QUOTA, stages=left)) == ['exit stages: not given → ["recycled"]']
    assert changes(promised(FOLLOW_UP), promised(FOLLOW_UP, stages=left)) == []


def test_a_new_version_that_begins_later_is_one_change_from_its_beginning() -> None:
    ended = FOLLOW_UP | {"effective_until": "2026-02-01"}
    (change,) = changes(promised(FOLLOW_UP), promised(ended, FOLLOW_UP | LATER | {"within": "1wh"}))
    assert (change.key, change.kept, change.since) == (("follow-up", "2026-02-01"), None, instant("2026-02-01 00:00"))


def test_an_end_alone_is_a_change_from_the_earlier_of_both_ends() -> None:
    (change,) = changes(promised(FOLLOW_UP | {"effective_until": "2026-03-01"}), promised(FOLLOW_UP | {"effective_until": "2026-02-01"}))
    assert (change.only_its_end, change.since) == (True, instant("2026-02-01 00:00"))


def test_an_end_before_another_change_of_the_promise_is_named_besides() -> None:
    before = promised(FOLLOW_UP, QUOTA)
    after = promised(FOLLOW_UP | {"effective_until": "2026-01-15"}, FOLLOW_UP | LATER, QUOTA)
    assert [(each.key[1], each.only_its_end) for each in changes(before, after)] == [("2025-01-01", True), ("2026-02-01", False)]


def test_a_version_that_is_gone_is_a_change_from_its_beginning_until_it_is_kept_as_gone() -> None:
    kept = judged_terms(promised(FOLLOW_UP, QUOTA))
    (change,) = changed_terms(kept, judged_terms(promised(QUOTA)))
    assert (change.key, change.now, change.since) == (("follow-up", "2025-01-01"), None, instant("2025-01-01 00:00"))
    gone = kept | {change.key: replace(kept[change.key], text="")}
    assert changed_terms(gone, judged_terms(promised(QUOTA))) == []
    (back,) = changed_terms(gone, kept)
    assert back.kept is None


def test_a_promise_of_which_nothing_was_kept_is_new() -> None:
    assert changes(promised(QUOTA), promised(QUOTA, FOLLOW_UP)) == []


def test_terms_have_a_hash_that_is_the_same_for_the_same_terms() -> None:
    (one,) = judged_terms(promised(FOLLOW_UP)).values()
    (other,) = judged_terms(promised(FOLLOW_UP | {"title": "Another title"})).values()
    assert one.hash == other.hash
    assert len(one.hash) == 64
    assert JudgedTerms("follow-up", "2025-01-01", 0, FOREVER, "").hash != one.hash
