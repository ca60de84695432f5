"""Terms as they are read and told: names, pairs that contradict each other, and how a refused value is shown."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from slamon.core.definitions import Cadence, Deadline, Definition, EventPattern, LeadFilter
from slamon.core.definitions.alert_terms import AlertMoment, parse_moment, parse_warning
from slamon.core.definitions.calendar_terms import CalendarTerms
from slamon.core.definitions.pattern_terms import Comparison, filter_in_words
from slamon.core.definitions.terms import shown
from slamon.core.evaluation import FactFrames, completed, evaluate
from slamon.core.working_time.instants import FOREVER, NEVER, iso, to_micros
from tests.core.stories import FOLLOW_UP, instant, promises
from tests.core.test_cadence import PERSISTENCE


def refused(terms: Any) -> str:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(Definition).validate_python(terms)
    return str(found.value)


def test_a_longest_gap_below_the_least_one_is_refused() -> None:
    assert "gap has min 2wd above max 1wd" in refused(PERSISTENCE | {"gap": {"min": "2wd", "max": "1wd"}})
    equal = Cadence.model_validate(PERSISTENCE | {"gap": {"min": "1wd", "max": "1wd"}}).gap
    assert equal.min == equal.max


def test_true_is_no_name_and_a_number_is_one() -> None:
    assert 'true is not a name; write it quoted if it is one, e.g. "true"' in refused(FOLLOW_UP | {"start": {"stage": True}})
    assert Deadline.model_validate(FOLLOW_UP | {"start": {"stage": 7}}).start[0].names == ("7",)


@pytest.mark.parametrize(
    ("value", "words"),
    [({"secret": 1}, "a mapping"), (["secret"], "a list"), (("secret",), "a list"), (True, "true"), (None, "null"), ("a", "'a'")],
)
def test_a_refused_value_is_shown_without_what_it_holds(value: object, words: str) -> None:
    assert shown(value) == words


def test_a_refused_value_that_is_long_is_cut() -> None:
    assert (shown("x" * 78), len(shown("x" * 79)), shown("x" * 79)[-1]) == (f"'{'x' * 78}'", 80, "…")


def test_hours_of_something_that_is_no_weekday_are_refused() -> None:
    with pytest.raises(ValidationError, match="1 is not a weekday; write mon, tue"):
        CalendarTerms.model_validate({"timezone": "UTC", "hours": {1: ["09:00-17:00"]}})


def test_warnings_that_were_read_before_are_taken_as_they_are() -> None:
    moment = AlertMoment("warning", share=0.5)
    assert parse_warning(moment) is moment
    assert Deadline.model_validate(FOLLOW_UP | {"warn_at": moment}).warn_at == (moment,)


@pytest.mark.parametrize("text", ["80%", "due - 15m", "breach", "breach + 4wh", "answered late", "corrected"])
def test_a_moment_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_moment(text)) == text


@pytest.mark.parametrize("text", ["soon", 80, "breach - 1h", "due + 15m"])
def test_a_moment_that_is_none_is_refused_with_those_there_are(text: object) -> None:
    with pytest.raises(ValueError, match="is not a moment; write 80%, due - 15m, breach"):
        parse_moment(text)


def test_a_pattern_says_what_it_names() -> None:
    named = [EventPattern.model_validate(each).names for each in ({"attribute": "reason"}, {"touch": ["form", "visit"]}, {"deleted": True})]
    assert named == [("reason",), ("form", "visit"), ()]


def test_a_filter_is_told_in_words() -> None:
    when: LeadFilter = {
        "intent": ("hot", "warm"),
        "amount": Comparison(at_least=20_000, below=90_000),
        "segment": Comparison(**{"not": ("smb", "edu")}),
    }
    assert filter_in_words(when) == "intent: hot or warm, amount: at least 20000 and below 90000, segment: not smb or edu"


# Facts as frames.


def told(at: Any) -> FactFrames:
    return FactFrames(pd.DataFrame({"lead": ["ada"], "at": at, "kind": ["stage"], "name": ["mql"]}))


NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "at",
    [
        pd.Series([NINE], dtype=object),
        pd.Series([NINE]).dt.tz_convert("Europe/Berlin"),
        pd.Series([NINE]).dt.tz_localize(None),
        pd.Series([to_micros(NINE)]),
    ],
    ids=["aware datetimes", "a zoned column", "UTC without a zone", "microseconds"],
)
def test_instants_may_be_given_in_every_way_that_is_unmistakable(at: Any) -> None:
    (started,) = evaluate(promises(FOLLOW_UP), told(at), NINE).verdicts()["started_at"]
    assert iso(started) == "2026-01-05T09:00:00.000000Z"


def test_an_instant_that_is_missing_is_none() -> None:
    frame = pd.DataFrame({"lead": ["a", "b"], "at": [NINE, NINE], "kind": "stage", "recorded_at": pd.Series([None, NINE], dtype=object)})
    whole = completed(frame)
    assert whole["recorded_at"].tolist() == [NEVER, to_micros(NINE)]
    assert whole["seen_at"].tolist() == [to_micros(NINE)] * 2


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2026-01-05T09:00:00 has no UTC offset or time zone; write e\.g\. 2026-01-05T09:00:00Z"):
        evaluate(promises(FOLLOW_UP), told([NINE]), NINE.replace(tzinfo=None))


def test_facts_without_their_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="events have no column at, kind; give at least lead, at, kind"):
        evaluate(promises(FOLLOW_UP), pd.DataFrame({"lead": ["ada"]}), NINE)


def test_only_instants_that_there_are_can_be_written() -> None:
    assert (iso(NEVER), iso(FOREVER), iso(instant("2026-01-05 09:00"))) == ("", "", "2026-01-05T09:00:00.000000Z")
