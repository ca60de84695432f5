"""No edit of a definition file changes a recorded verdict: it is refused, unless a named person says that the text was wrong."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from slamon.core.verdicts.activation import Activation
from slamon.core.working_time.periods import period_containing
from slamon.definition_files import DefinitionError
from slamon.jobs.check import check, checking
from slamon.jobs.check.setting_aside import judged_safely
from slamon.jobs.decisions import rewording
from slamon.jobs.decisions.judged_terms import ChangedTermsError
from slamon.jobs.decisions.rewording import NothingRewordedError, Turned
from slamon.jobs.report import make_report
from slamon.store.database import StoreError, reading, writing
from slamon.store.schema import audit, deliveries, judged_terms
from slamon.store.verdicts import activate, load_verdicts
from slamon.store.verdicts.judged_terms import Rewording, rewordings
from tests.jobs.test_check import DEFINITIONS, Company, assigned, instant

SAID = ("ana", "the target was a typing error")
AT = "2026-01-05 12:00:00"
SECOND_VERSION = "---\n" + DEFINITIONS.split("---\n")[1]


@pytest.fixture
def company(tmp_path: Any, engine: Engine) -> Company:
    """Ada came on Monday at nine, was called at a quarter to twelve, and was judged at noon: missed."""
    found = assigned(Company(tmp_path, engine)).happens("2026-01-05 11:45:00", "call", owner="rita").synced("2026-01-05 11:46:00")
    found.checked(AT)
    return found


def edit(company: Company, *changes: tuple[str, str]) -> None:
    file = company.folder / "sla_definitions/all.yaml"
    text = DEFINITIONS
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)


def refusal(company: Company) -> str:
    with pytest.raises(DefinitionError) as refused:
        company.checked("2026-01-05 13:00:00")
    (finding,) = refused.value.findings
    return str(finding)


def recorded(company: Company) -> list[dict[Any, Any]]:
    with reading(company.engine) as connection:
        return load_verdicts(connection).to_dict("records")


def reword(company: Company, version: str = "2025-01-01") -> None:
    rewording.record(company.engine, company.shop.written, Rewording("follow-up", version, instant("2026-01-05 12:30:00"), *SAID))


def test_another_target_in_the_same_version_is_refused_with_file_change_and_mend(company: Company) -> None:
    before = recorded(company)
    edit(company, ("within: 2wh", "within: 4wh"))
    words = refusal(company)
    assert words.startswith(f"{company.folder}/sla_definitions/all.yaml:4:1: version 2025-01-01 of 'follow-up' has other terms now")
    assert "(within: 2wh → 4wh), but 1 recorded verdict follows from what was promised; put it back" in words
    assert 'an effective_from of their own ("2026-01-06" or later)' in words
    assert words.endswith("slamon reword follow-up 2025-01-01 --by NAME --reason TEXT")
    assert recorded(company) == before


def test_put_back_it_is_judged_as_ever(company: Company) -> None:
    edit(company, ("within: 2wh", "within: 4wh"))
    refusal(company)
    edit(company)
    assert company.checked("2026-01-05 13:00:00").changed.total() == 0


def test_words_and_alerts_may_be_edited_at_any_time(company: Company) -> None:
    edit(company, ("title: Sales calls", "title: Rita calls"), ("{at: 50%, to: holder}", "{at: 75%, to: manager}"))
    assert company.checked("2026-01-05 13:00:00").changed.total() == 0


def test_before_anything_was_judged_terms_may_be_edited(tmp_path: Any, engine: Engine) -> None:
    company = Company(tmp_path, engine).synced("2026-01-05 09:01:00")
    company.checked("2026-01-05 09:30:00")
    edit(company, ("within: 2wh", "within: 4wh"))
    company.checked("2026-01-05 09:31:00")
    with pytest.raises(NothingRewordedError, match="says what it was judged by"):
        reword(company)
    with reading(engine) as connection:
        assert len(connection.execute(select(judged_terms)).all()) == 2


def test_a_version_that_begins_after_what_was_judged_is_used(company: Company) -> None:
    edit(company, ("within: 2wh", 'within: 2wh\neffective_until: "2026-01-06"'))
    file = company.folder / "sla_definitions/all.yaml"
    file.write_text(file.read_text() + SECOND_VERSION.replace("2025-01-01", "2026-01-06").replace("2wh", "4wh"))
    assert company.checked("2026-01-05 13:00:00").changed.total() == 0


def test_a_version_that_begins_before_what_was_judged_is_refused(company: Company) -> None:
    edit(company, ("within: 2wh", 'within: 2wh\neffective_until: "2026-01-05"'))
    file = company.folder / "sla_definitions/all.yaml"
    file.write_text(file.read_text() + SECOND_VERSION.replace("2025-01-01", "2026-01-05").replace("2wh", "4wh"))
    words = refusal(company)
    assert "version 2026-01-05 of 'follow-up' begins before cycles that were judged already" in words
    assert 'write effective_from: "2026-01-06" or later' in words
    reword(company, "2026-01-05")
    assert company.checked("2026-01-05 13:00:00").changed == {("breached", "met"): 1}


def test_an_end_before_what_was_judged_is_refused_and_a_later_one_is_used(company: Company) -> None:
    edit(company, ("within: 2wh", 'within: 2wh\neffective_until: "2026-01-05"'))
    words = refusal(company)
    assert "ends otherwise (effective_until: not given → 2026-01-05)" in words
    assert 'write effective_until: "2026-01-06" or later' in words
    edit(company, ("within: 2wh", 'within: 2wh\neffective_until: "2026-01-06"'))
    assert company.checked("2026-01-05 13:00:00").changed.total() == 0


def test_a_promise_that_is_taken_out_of_the_files_is_refused_until_somebody_says_that_it_was_none(company: Company) -> None:
    edit(company, ("sla: follow-up", "sla: another-one"))
    words = refusal(company)
    assert "version 2025-01-01 of 'follow-up' is not there any more" in words
    assert 'put it back, and to end it write effective_until: "2026-01-06"' in words
    reword(company)
    assert company.checked("2026-01-05 13:00:00").changed[("breached", "withdrawn")] == 1
    company.checked("2026-01-05 13:01:00")


def test_a_version_that_was_put_on_open_cycles_is_kept_from_that_moment(company: Company) -> None:
    later = SECOND_VERSION.replace("2025-01-01", "2026-01-06")
    edit(company, ("within: 2wh", 'within: 2wh\neffective_until: "2026-01-06"'))
    file = company.folder / "sla_definitions/all.yaml"
    text = file.read_text()
    file.write_text(text + later)
    company.checked("2026-01-05 13:00:00")
    with writing(company.engine) as connection:
        activate(connection, Activation("follow-up", "2026-01-06", instant("2026-01-05 13:00:01"), *SAID), open_cycles=True)
    file.write_text(text + later.replace("2wh", "1wh"))
    assert "(within: 2wh → 1wh)" in refusal(company)


def test_a_holiday_that_is_added_is_a_fact_and_other_hours_are_other_terms(company: Company) -> None:
    edit(company, ('["09:00-17:00"]}}', '["09:00-17:00"]}, special_days: {"2026-01-05": ["11:00-17:00"]}}'))
    assert company.checked("2026-01-05 13:00:00").changed == {("breached", "met"): 1}
    edit(company, ('["09:00-17:00"]', '["10:00-17:00"]'))
    assert 'hours: fri: ["09:00-17:00"] → ["10:00-17:00"]' in refusal(company)


def test_a_rewording_shows_what_turns_by_month_and_records_nothing(company: Company) -> None:
    edit(company, ("within: 2wh", "within: 4wh"))
    found = rewording.preview(company.engine, company.shop.written, "follow-up", "2025-01-01")
    assert found.turned == (Turned("2026-01", "breached", "met", 1),)
    assert (found.verdicts, found.moved, found.changed) == (1, 0, "has other terms now (within: 2wh → 4wh)")
    assert "(within: 2wh → 4wh)" in refusal(company)


def test_a_rewording_that_is_recorded_is_judged_by_and_stays_in_the_audit(company: Company) -> None:
    edit(company, ("within: 2wh", "within: 4wh"))
    reword(company)
    assert company.checked("2026-01-05 13:00:00").changed == {("breached", "met"): 1}
    with reading(company.engine) as connection:
        assert rewordings(connection) == [Rewording("follow-up", "2025-01-01", instant("2026-01-05 12:30:00"), *SAID)]
        (row,) = connection.execute(select(audit)).all()
    assert (row.by, row.action, row.subject, row.reason) == ("ana", "reword", "follow-up 2025-01-01", SAID[1])
    with pytest.raises(NothingRewordedError):
        reword(company)
    edit(company)
    assert "(within: 4wh → 2wh)" in refusal(company)


def test_who_was_told_of_a_miss_hears_that_the_text_was_corrected_by_whom_and_why_and_so_does_the_next_report(
    tmp_path: Any, engine: Engine
) -> None:
    company = assigned(Company(tmp_path, engine)).synced("2026-01-05 09:01:00")
    company.checked("2026-01-05 11:30:00")
    company.happens("2026-01-05 11:45:00", "call", owner="rita").synced("2026-01-05 11:46:00")
    company.checked(AT)
    edit(company, ("within: 2wh", "within: 4wh"))
    reword(company)
    company.checked("2026-01-05 13:00:00")
    company.checked("2026-01-05 14:00:00")
    words = "the promise's text was corrected on 2026-01-05 by ana: the target was a typing error"
    with reading(engine) as connection:
        said = [str(payload) for (payload,) in connection.execute(select(deliveries.c.payload).where(deliveries.c.kind.like("corrected%")))]
    assert any(words in each for each in said), said
    shop = company.shop
    day = period_containing(instant(AT), "week", "UTC")
    found = make_report(engine, shop.definitions, "weekly", day, shop.edition("weekly"), instant("2026-01-12 09:00:00"))
    assert found.figures.footing.restatements == (f"follow-up 2025-01-01: {words}", "follow-up: 1 from breached to met")


def test_a_due_that_moves_without_another_verdict_is_counted_apart(company: Company) -> None:
    edit(company, ("within: 2wh", "within: 1wh"))
    found = rewording.preview(company.engine, company.shop.written, "follow-up", "2025-01-01")
    assert (found.turned, found.moved) == ((), 1)


def test_a_check_that_is_under_way_while_somebody_rewords_records_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recorded(company)
    old = company.shop.definitions

    def meanwhile(*args: Any) -> Any:
        edit(company, ("within: 2wh", "within: 4wh"))
        reword(company)
        return judged_safely(*args)

    monkeypatch.setattr(checking, "judged_safely", meanwhile)
    company.happens("2026-01-05 12:10:00", "mql", lead="bea").synced("2026-01-05 12:20:00")
    shop = company.shop
    shop.__dict__["definitions"] = old
    with pytest.raises(StoreError, match="reworded meanwhile"):
        check(company.engine, old, shop.announcements(), instant("2026-01-05 13:00:00"), instant("2026-01-05 13:00:00"))
    assert recorded(company) == before


EDITS = st.sampled_from(
    [
        ("within: 2wh", "within: 4wh"),
        ("within: 2wh", "within: 1h"),
        ("within: 2wh", 'within: 2wh\ncredit_before: 1d\neffective_until: "2026-01-05"'),
        ("within: 2wh", "within: 2wh\npause: {while: unassigned}"),
        ("within: 2wh", "within: 2wh\nlate_logging: 1m"),
        ("within: 2wh", "within: 2wh\napplies_to: {name: nobody}"),
        ("met_by: {activity: call, direction: outbound}", "met_by: {activity: email}"),
        ("start: {stage: mql}", "start: {activity: call}"),
        ('effective_from: "2025-01-01"', 'effective_from: "2025-02-01"'),
        ('effective_from: "2025-01-01"', 'effective_from: "2026-02-01"'),
        ("sla: follow-up", "sla: other"),
        ('["09:00-17:00"]', '["08:00-17:00"]'),
        ("timezone: UTC", "timezone: Europe/Berlin"),
        ("title: Sales", "title: Everybody"),
        ("  - {at: 50%, to: holder}\n", ""),
    ]
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EDITS, min_size=1, max_size=2, unique_by=lambda each: each[0]))
def test_without_a_rewording_no_edit_changes_a_recorded_verdict(company: Company, changes: list[tuple[str, str]]) -> None:
    before = recorded(company)
    edit(company, *changes)
    with suppress(ChangedTermsError):
        company.checked("2026-01-05 13:00:00")
    assert recorded(company) == before
    edit(company)
