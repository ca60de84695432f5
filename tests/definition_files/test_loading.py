"""Definitions that load, and what they lean on between files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from slamon.core.definitions import Cadence, Deadline, Quota, Ratio
from slamon.definition_files import DefinitionError, load_definitions

ROOT = Path(__file__).parent.parent.parent
SOUND = (ROOT / "sla_definitions" / "mql-stage-age.yaml").read_text(encoding="utf-8")
Say = Callable[..., list[str]]


def test_the_starter_pack_loads_and_holds_one_promise_of_each_kind() -> None:
    attributes = frozenset({"segment", "source", "intent", "rejection_reason", "value"})
    pack = load_definitions(ROOT / "sla_definitions", default_calendar="office", timezone="Europe/Berlin", attributes=attributes)
    assert {type(definition) for definition in pack.definitions} == {Deadline, Cadence, Quota, Ratio}
    assert [stage.stage for stage in pack.stages] == ["mql", "sal", "sql", "opportunity", "customer", "recycled", "disqualified"]
    assert {"office", "office-emea", "office-us-east", "office-us-west"} == set(pack.calendars)
    within = {definition.sla: str(definition.within) for definition in pack.definitions if isinstance(definition, Deadline)}
    assert within == {"hot-lead-follow-up": "30wm", "warm-lead-follow-up": "2wh", "lead-acceptance": "24wh", "mql-stage-age": "5wd"}


def test_every_file_of_the_starter_pack_is_explained_in_words() -> None:
    for path in (ROOT / "sla_definitions").glob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("# "), path.name
        assert lines[1].startswith("# "), path.name


def test_a_cycle_of_versions_loads_when_each_ends_where_the_next_begins(folder: Path) -> None:
    first = SOUND.replace('effective_from: "2025-01-01"', 'effective_from: "2025-01-01"\neffective_until: "2026-01-01"')
    (folder / "age.yaml").write_text(first + "---\n" + SOUND.replace("2025-01-01", "2026-01-01"), encoding="utf-8")
    versions = load_definitions(folder).versions()["mql-stage-age"]
    assert [version.effective_from for version in versions] == [date(2025, 1, 1), date(2026, 1, 1)]


def test_calendars_and_stages_may_share_a_document(tmp_path: Path) -> None:
    shared = 'calendars:\n  office: {timezone: UTC, hours: {mon-fri: "09:00-17:00"}}\nstages:\n  - {stage: mql, means: A lead.}\n'
    sla = SOUND.replace("{stage: [sal, sql, opportunity, customer, recycled, disqualified]}", "{activity: call}").replace(
        "alerts: standard\n", ""
    )
    (tmp_path / "all.yml").write_text(shared + "---\n" + sla, encoding="utf-8")
    loaded = load_definitions(tmp_path)
    assert loaded.calendar_of(loaded.definitions[0]) is loaded.calendars["office"]


def test_a_single_value_and_a_list_of_one_mean_the_same(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND.replace("start: {stage: mql}", "start: [{stage: [mql]}]"), encoding="utf-8")
    first = load_definitions(folder).definitions
    (folder / "a.yaml").write_text(SOUND, encoding="utf-8")
    assert load_definitions(folder).definitions == first


def test_subfolders_hidden_files_and_other_suffixes_are_not_read(findings_of: Say, folder: Path) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "broken.yaml").write_text("]", encoding="utf-8")
    (folder / "notes.txt").write_text("]", encoding="utf-8")
    (folder / ".swap.yaml").write_text("]", encoding="utf-8")
    assert findings_of(SOUND) == []


def test_any_stage_may_be_named_while_none_are_declared(findings_of: Say, folder: Path) -> None:
    (folder / "funnel.yaml").unlink()
    assert findings_of(SOUND.replace("stage: mql}", "stage: anything}")) == []


def test_attributes_are_not_checked_while_the_sources_are_unknown(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND + "applies_to: {whatever: 1}\n", encoding="utf-8")
    assert load_definitions(folder, attributes=None).definitions
    with pytest.raises(DefinitionError, match="no source provides the attribute 'whatever'; known attributes are segment"):
        load_definitions(folder, attributes=frozenset({"segment"}))


def test_a_working_target_without_any_calendar_is_refused(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND.replace("calendar: office\n", ""), encoding="utf-8")
    assert load_definitions(folder, default_calendar="office").definitions
    with pytest.raises(DefinitionError, match=r"a\.yaml:\d+:9: '5wd' needs a calendar"):
        load_definitions(folder)


def test_a_folder_without_any_sla_is_refused_with_the_mend(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no SLA is defined here; write one"):
        load_definitions(folder)
    with pytest.raises(DefinitionError, match="no such folder; create it with slamon init"):
        load_definitions(tmp_path / "nowhere")


def test_an_unknown_default_calendar_and_zone_are_refused(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND, encoding="utf-8")
    with pytest.raises(DefinitionError, match="did you mean office") as raised:
        load_definitions(folder, default_calendar="offce", timezone="Mars/Base")
    assert [finding.problem for finding in raised.value.findings] == [
        "'Mars/Base' is not an IANA time zone",
        "nobody declares the calendar 'offce'",
    ]


def test_a_file_that_cannot_be_read_is_a_finding(folder: Path) -> None:
    (folder / "a.yaml").mkdir()
    with pytest.raises(DefinitionError, match="this is no file; write a plain text file there"):
        load_definitions(folder)


def test_nothing_is_half_loaded(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND, encoding="utf-8")
    (folder / "b.yaml").write_text("sla: b\n", encoding="utf-8")
    with pytest.raises(DefinitionError):
        load_definitions(folder)


def test_calendars_that_holidays_cover_entirely_are_refused(findings_of: Say) -> None:
    only_christmas = 'calendars:\n  c:\n    timezone: UTC\n    hours: {mon-fri: ["25:00-26:00"]}\n'
    assert "is not a block of hours" in findings_of(only_christmas)[0]


def test_numbers_as_names_are_text_in_filters(folder: Path) -> None:
    (folder / "a.yaml").write_text(SOUND + "applies_to: {segment: [1, 2.5, smb], value: {at_least: 20000, below: 1.5}}\n", encoding="utf-8")
    filters = load_definitions(folder).definitions[0].applies_to
    assert filters is not None
    assert filters["segment"] == ("1", "2.5", "smb")
