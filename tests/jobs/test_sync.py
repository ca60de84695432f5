"""A sync makes the facts what the source says now: again and again, in any order, whole or not at all."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from slamon.core.working_time.instants import NEVER, SECOND
from slamon.jobs.sync.poison_rows import mapped_safely
from slamon.sources import SourceError
from slamon.sources.times import parse_instants
from slamon.store.database import reading
from slamon.store.facts import load_absences, load_people, newest_event
from slamon.store.heartbeats import load_heartbeats

CREATED = ("1", "2026-01-01T09:00:00+01:00", "created", "", "20000")
CALL = ("1", "2026-01-01T10:00:00.25+01:00", "call", "ana", "20000")
OTHER = ("2", "2026-01-01T11:00:00Z", "created", "", "")


def _many(count: int) -> list[tuple[str, ...]]:
    return [(str(number), f"2025-12-{1 + number % 28:02}T09:00:{number % 60:02}Z", "created", "", str(number)) for number in range(count)]


def test_rows_become_events_with_all_that_the_mapping_names(crm: Any) -> None:
    crm.write(CREATED, CALL, OTHER)
    summary = crm.sync()
    assert (summary.rows_read, summary.kept, summary.added, summary.kinds) == (3, 3, 3, {"activity": 1, "stage": 2})
    call = crm.events().query("kind == 'activity'").iloc[0]
    assert (call.lead, call["name"], call.actor, call.direction, call.attributes) == ("1", "call", "ana", "outbound", '{"amount":"20000"}')
    assert call["at"] == 1_767_258_000_250_000
    assert call.recorded_at == NEVER
    assert not call.automated
    assert crm.events().query("lead == '2'").iloc[0].attributes is None
    assert newest_event(crm.engine) == 1_767_265_200 * SECOND


def test_syncing_again_changes_nothing_even_when_everything_is_read_again(crm: Any) -> None:
    crm.write(CREATED, CALL, OTHER)
    crm.sync()
    before = crm.dump()
    assert crm.sync().unchanged
    again = crm.sync(full=True)
    assert (again.unchanged, again.added, again.changed, again.withdrawn, again.kept) == (False, 0, 0, 0, 3)
    assert crm.dump() == before


def test_history_of_the_first_sync_counts_as_seen_when_it_was_recorded_or_happened(crm: Any) -> None:
    crm.table(recorded_at="logged")
    crm.write((*CREATED, "2026-01-01T12:00:00Z"), (*CALL, ""), header=("lead", "when", "what", "who", "amount", "logged"))
    crm.sync()
    seen = crm.events().set_index("kind").seen_at
    assert seen["stage"] == 1_767_268_800 * SECOND
    assert seen["activity"] == 1_767_258_000_250_000


def test_what_comes_later_counts_as_seen_when_it_was_read(crm: Any) -> None:
    crm.write(CREATED)
    crm.sync()
    before = crm.now
    crm.write(CREATED, CALL)
    assert crm.sync().added == 1
    seen = crm.events().set_index("kind").seen_at
    assert seen["stage"] == 1_767_254_400 * SECOND
    assert before < seen["activity"] <= crm.now
    assert crm.events(as_of=before).kind.tolist() == ["stage"]


def test_a_row_with_an_id_that_changes_keeps_its_earlier_version_for_looking_back(crm: Any) -> None:
    crm.table(id="number")
    header = ("lead", "when", "what", "who", "amount", "number")
    early = ("1", "2025-12-01T09:00:00Z", "created", "", "100", "a7")
    crm.write(early, header=header)
    crm.sync()
    before = crm.now
    crm.write((*early[:4], "900", "a7"), header=header)
    summary = crm.sync()
    assert (summary.added, summary.changed, summary.withdrawn) == (0, 1, 0)
    assert crm.events().id.tolist() == ["crm/leads/a7"]
    assert crm.events().attributes.tolist() == ['{"amount":"900"}']
    assert crm.events(as_of=before).attributes.tolist() == ['{"amount":"100"}']


def test_a_row_that_vanishes_is_withdrawn_and_may_come_back(crm: Any) -> None:
    early = ("2", "2025-12-01T09:00:00Z", "created", "", "")
    kept = ("1", "2025-12-01T08:00:00Z", "created", "", "")
    crm.write(kept, early)
    crm.sync()
    first = crm.now
    crm.write(kept)
    assert crm.sync().withdrawn == 1
    gone = crm.now
    crm.write(kept, early)
    assert crm.sync().added == 1
    assert [len(crm.events(as_of=instant)) for instant in (first, gone, crm.now, None)] == [2, 1, 2, 2]
    assert crm.events().set_index("lead").seen_at["2"] > gone


def test_rows_in_another_order_are_the_same_facts_in_another_order(crm: Any) -> None:
    rows = _many(300)
    crm.write(*rows)
    crm.sync()
    before = crm.events()
    crm.write(*Random(1).sample(rows, len(rows)))
    summary = crm.sync()
    assert (summary.added, summary.changed, summary.withdrawn) == (0, 0, 0)
    after = crm.events()
    assert before.drop(columns="position").equals(after.drop(columns="position"))
    assert not before.position.equals(after.position)


def test_new_columns_that_are_empty_and_columns_in_another_order_make_no_new_rows(crm: Any) -> None:
    crm.write(CREATED)
    crm.sync()
    crm.write(("", *reversed(CREATED)), header=("note", "amount", "who", "what", "when", "lead"))
    summary = crm.sync()
    assert (summary.unchanged, summary.added, summary.withdrawn) == (False, 0, 0)


def test_identical_rows_are_one_event_and_counted(crm: Any) -> None:
    crm.write(CREATED, CREATED, CALL, CREATED)
    assert (crm.sync().duplicates, crm.sync(full=True).duplicates) == (2, 2)
    assert crm.sync(full=True).kept == 2
    assert sorted(crm.events().position) == [1, 3]


def test_of_rows_that_share_an_id_the_first_in_the_file_is_kept(crm: Any) -> None:
    crm.table(id="lead")
    crm.write(CREATED, CALL)
    for full in (False, True):
        summary = crm.sync(full=full)
        assert (summary.kept, summary.duplicates, crm.events().kind.tolist()) == (1, 1, ["stage"])


def test_rows_that_match_no_rule_are_counted_with_what_they_hold(crm: Any) -> None:
    crm.write(CREATED, *[("1", "nonsense", "ping", "", "")] * 3, ("1", "", "", "", ""))
    summary = crm.sync()
    assert (summary.rows_read, summary.kept, summary.unmatched, summary.refused) == (5, 1, 4, 0)
    assert [(top.rows, top.values) for top in summary.unmatched_top] == [(3, {"what": "ping"}), (1, {"what": None})]


def test_the_first_rule_that_matches_wins(crm: Any) -> None:
    crm.table(events=[{"when": {"what": ["created", "made"], "who": "ana"}, "is": {"stage": "sal"}}, {"is": {"stage": "mql"}}])
    crm.write(CREATED, ("1", "2026-01-01T09:00:00Z", "made", "ana", ""))
    crm.sync()
    assert sorted(crm.events().name) == ["mql", "sal"]


def test_values_come_from_columns_where_a_rule_says_so(crm: Any) -> None:
    crm.table(
        owner="who",
        events=[
            {"when": {"what": "touch"}, "is": {"touch": "form", "asset": {"column": "amount"}}},
            {"when": {"what": "act"}, "is": {"activity": {"column": "amount"}, "direction": {"column": "dir"}, "seconds": {"column": "secs"}, "outcome": {"column": "end"}, "automated": {"column": "auto"}}},
            {"when": {"what": "own"}, "is": {"owner": "assigned"}},
            {"when": {"what": "free"}, "is": {"owner": "unassigned"}},
            {"when": {"what": "merge"}, "is": {"merged": True, "into": {"column": "amount"}}},
            {"when": {"what": "edit"}, "is": {"attribute": "segment", "to": {"column": "amount"}}},
            {"when": {"what": "gone"}, "is": {"deleted": True}},
        ],
    )  # fmt: skip
    instant = "2026-01-01T09:00:00Z"
    crm.write(
        ("1", instant, "touch", "ana", "ebook", "", "", "", ""), ("1", instant, "act", "ana", "call", "Outbound", "61.9", "reached", "no"),
        ("1", instant, "own", "ana", "", "", "", "", ""), ("1", instant, "free", "queue", "", "", "", "", ""),
        ("2", instant, "merge", "", "1", "", "", "", ""), ("1", instant, "edit", "", "enterprise", "", "", "", ""),
        ("3", instant, "gone", "", "", "", "", "", ""), ("1", instant, "act", "", "mail", "", "", "", "TRUE"),
        header=("lead", "when", "what", "who", "amount", "dir", "secs", "end", "auto"),
    )  # fmt: skip
    crm.sync()
    shown = crm.events().sort_values("position")[["kind", "name", "value", "owner", "direction", "automated", "seconds", "outcome"]]
    assert [tuple(row) for row in shown.itertuples(index=False)] == [
        ("touch", "form", "ebook", "ana", None, False, -1, None),
        ("activity", "call", None, "ana", "outbound", False, 61, "reached"),
        ("owner", "assigned", None, "ana", None, False, -1, None),
        ("owner", "unassigned", None, None, None, False, -1, None),
        ("merged", None, "1", None, None, False, -1, None),
        ("attribute", "segment", "enterprise", None, None, False, -1, None),
        ("deleted", None, None, None, None, False, -1, None),
        ("activity", "mail", None, None, None, True, -1, None),
    ]


def test_machines_are_told_from_people(crm: Any) -> None:
    crm.sources["crm"] |= {"automated_actors": ["bot"], "unknown_actor": "ignore"}
    crm.write(
        ("1", "2026-01-01T09:00:00Z", "call", "bot", ""),
        ("2", "2026-01-01T09:00:00Z", "call", "", ""),
        ("3", "2026-01-01T09:00:00Z", "call", "ana", ""),
        ("4", "2026-01-01T09:00:00Z", "created", "", ""),
    )
    crm.sync()
    assert crm.events().set_index("lead").automated.to_dict() == {"1": True, "2": True, "3": False, "4": False}
    assert load_people(crm.engine)[["id", "automated"]].values.tolist() == [["bot", True]]


def test_what_marketing_sends_in_a_reps_name_is_marked_by_a_rule_and_is_no_persons(crm: Any) -> None:
    mail: dict[str, Any] = {"activity": "mail", "direction": "outbound"}
    on_behalf = {"when": {"what": "mail", "amount": "on behalf"}, "is": {**mail, "automated": True}}
    crm.table(events=[on_behalf, {"when": {"what": "mail"}, "is": mail}])
    instant = "2026-01-01T09:00:00Z"
    crm.write(("1", instant, "mail", "ana", "on behalf"), ("2", instant, "mail", "ana", ""))
    crm.sync()
    assert crm.events().set_index("lead")[["actor", "automated"]].values.tolist() == [["ana", True], ["ana", False]]


def test_refused_rows_are_counted_shown_and_listed_in_a_file_that_is_safe_in_a_spreadsheet(crm: Any) -> None:
    crm.write(CREATED, ("2", "2026-01-01 09:00:00", "created", "=cmd()", ""), ("", "2026-01-01T09:00:00Z", "created", "", "+1"), CALL)
    summary = crm.sync()
    assert (summary.kept, summary.refused) == (2, 2)
    assert [row.line for row in summary.refused_first] == [3, 4]
    assert "has no UTC offset; declare its zone, e.g. {column: when, timezone: Europe/Berlin}" in summary.refused_first[0].reason
    assert "lead, the lead, is empty" in summary.refused_first[1].reason
    file = Path(summary.refused_file)
    listed = file.read_text(encoding="utf-8")
    assert listed.startswith('"line","reason","lead","when","what","who","amount"')
    assert "'=cmd()" in listed
    assert "'+1" in listed
    assert file.stat().st_mode & 0o077 == 0
    crm.write(CREATED, CALL)
    assert crm.sync().refused == 0
    assert not file.exists()


def test_a_table_of_which_most_rows_are_refused_is_refused_as_a_whole(crm: Any) -> None:
    crm.write(*_many(40))
    crm.sync()
    before = crm.dump()
    crm.write(*_many(15), *[("9", "yesterday", "created", "", "")] * 16, *[("9", "", "ping", "", "")] * 50)
    assert "16 of 31 rows cannot be used, so that nothing of it is; the first, line 17: when 'yesterday' is not a time" in crm.error()
    assert crm.dump() == before


@pytest.mark.parametrize("left", [0, 600])
def test_a_source_that_loses_half_of_thousands_is_broken_unless_told_otherwise(crm: Any, left: int) -> None:
    crm.write(*_many(1300))
    crm.sync()
    before = crm.dump()
    crm.write(*_many(left))
    assert f"has {left} rows where the last sync read 1300" in crm.error()
    assert crm.dump() == before
    assert crm.sync(full=True).withdrawn == 1300 - left


def test_a_source_that_fails_leaves_its_facts_and_the_others_alone(crm: Any) -> None:
    crm.sources["other"] = {"type": "files", "tables": [{**crm.sources["crm"]["tables"][0], "path": "other.csv"}]}
    crm.write(CREATED)
    crm.write(OTHER, name="other.csv")
    crm.sync_all()
    crm.write(OTHER, CALL, name="other.csv")
    (crm.folder / "leads.csv").unlink()
    failed, good = crm.sync_all()
    assert "leads.csv cannot be read: No such file or directory" in failed.error
    assert good.tables[0].added == 1
    assert len(crm.events()) == 3
    with reading(crm.engine) as connection:
        runs = connection.execute(text("SELECT source, ok, summary FROM sync_runs ORDER BY id")).all()
    assert [(run.source, bool(run.ok)) for run in runs] == [("crm", True), ("other", True), ("crm", False), ("other", True)]
    assert json.loads(runs[2].summary)["error"] == failed.error
    assert not load_heartbeats(crm.engine)["sync"].ok
    with pytest.raises(SourceError, match=r"there is no source 'nobody' in slamon\.yaml; there is crm, other"):
        crm.sync_all(source="nobody")
    assert [each.source for each in crm.sync_all(source="other")] == ["other"]


def test_a_table_that_fails_keeps_the_whole_source_as_it_was(crm: Any) -> None:
    crm.sources["crm"]["tables"] = [crm.sources["crm"]["tables"][0], {**crm.sources["crm"]["tables"][0], "path": "more.csv"}]
    crm.write(CREATED)
    crm.write(OTHER, name="more.csv")
    crm.sync_all()
    before = crm.dump()
    crm.write(CALL)
    crm.write(OTHER, name="more.csv", header=("lead", "when", "waht", "who", "amount"))
    assert "there is no column 'what' (when); did you mean 'waht'?" in crm.error()
    assert crm.dump() == before


def test_a_table_that_the_settings_no_longer_name_is_withdrawn(crm: Any) -> None:
    crm.write(CREATED, CALL)
    crm.sync()
    crm.table(name="renamed")
    (summary,) = crm.sync_all()
    assert summary.dropped == ("leads",)
    assert set(crm.events().id.str.split("/").str[1]) == {"renamed"}


def test_another_mapping_reads_the_same_file_again(crm: Any) -> None:
    crm.write(CREATED)
    crm.sync()
    crm.table(attributes=None)
    assert crm.sync().changed == 1
    assert crm.events().attributes.tolist() == [None]


def test_people_and_absences_are_replaced_as_a_whole(crm: Any) -> None:
    crm.sources["crm"]["tables"] += [
        {"path": "people.csv", "people": {"id": "id", "name": "name", "team": "team", "active": "active", "away": "away"}},
        {"path": "leave.csv", "away": {"person": "id", "from": {"column": "from", "timezone": "Europe/Berlin"}, "to": {"column": "to", "timezone": "Europe/Berlin"}}},
    ]  # fmt: skip
    crm.write(CREATED)
    people, leave = ("id", "name", "team", "active", "away"), ("id", "from", "to")
    crm.write(
        ("a", "Ana", "emea", "yes", "no"), ("b", "Ben", "", "no", "yes"), ("c", "Cem", "", "maybe", ""), header=people, name="people.csv"
    )
    crm.write(("a", "2026-01-05", "2026-01-10"), ("a", "2026-02-05", "2026-02-05"), ("b", "2026-03-01", ""), header=leave, name="leave.csv")
    (summary,) = crm.sync_all()
    assert (summary.people, summary.absences) == (2, 2)
    assert "'maybe' is neither true nor false" in summary.tables[1].refused_first[0].reason
    assert "it is the first time back" in summary.tables[2].refused_first[0].reason
    assert load_people(crm.engine).sort_values("id")[["id", "name", "team", "active"]].values.tolist() == [
        ["a", "Ana", "emea", True],
        ["b", "Ben", None, False],
    ]
    away = load_absences(crm.engine)
    assert away.query("person == 'a'")[["since", "until"]].values.tolist() == [[1_767_567_600 * SECOND, 1_767_999_600 * SECOND]]
    told = away.query("source == 'crm/*'").iloc[0]
    crm.write(("a", "Ana", "apac", "yes", "no"), ("b", "Ben", "", "yes", "no"), header=people, name="people.csv")
    crm.write(header=leave, name="leave.csv")
    crm.sync_all()
    (left,) = load_absences(crm.engine).itertuples()
    assert (left.person, left.since) == ("b", told.since)
    assert told.since < left.until <= crm.now
    assert load_people(crm.engine).set_index("id").team.to_dict() == {"a": "apac", "b": None}


def test_events_of_the_future_are_counted_and_do_not_make_the_data_look_fresh(crm: Any) -> None:
    crm.write(("1", "2025-12-31T23:00:00Z", "created", "", ""), ("2", "2031-01-01T00:00:00Z", "created", "", ""))
    assert crm.sync().future == 1
    assert newest_event(crm.engine) == 1_767_222_000 * SECOND


def test_a_row_that_the_mapping_itself_fails_at_is_refused_and_every_other_is_read(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such row is known: the mapping is made to fail at one."""

    def fails_at_poison(texts: Any, *more: Any) -> Any:
        if "poison" in texts.to_pylist():
            raise ZeroDivisionError("ana@example.com")
        return parse_instants(texts, *more)

    monkeypatch.setattr("slamon.sources.mapping.parse_instants", fails_at_poison)
    rows = [*_many(700), ("a", "poison", "created", "", ""), *_many(1400)[700:], ("b", "poison", "created", "", "")]
    crm.write(*rows)
    summary = crm.sync()
    assert (summary.rows_read, summary.kept, summary.refused) == (1402, 1400, 2)
    assert [row.line for row in summary.refused_first] == [702, 1403]
    assert "ZeroDivisionError" in summary.refused_first[0].reason
    assert "ana@example.com" not in summary.refused_first[0].reason
    crm.write(*[("a", "poison", "created", "", "")] * 30, *_many(100))
    assert "slamon fails at more than 20 of its rows" in crm.error()


def written(crm: Any, seconds_ago: int, name: str = "leads.csv") -> None:
    """The file was last written to so long before the next sync."""
    at = crm.now // SECOND + 1 - seconds_ago
    os.utime(crm.folder / name, (at, at))


def test_a_table_that_lost_some_rows_is_believed_once_a_second_reading_finds_as_many(crm: Any) -> None:
    crm.write(*_many(300))
    crm.sync()
    before = crm.dump()
    crm.write(*_many(270))
    assert "has 270 rows where the last sync read 300: it may be cut" in crm.error()
    assert "it may be cut" in crm.error()  # at once: that is no second look
    assert crm.dump() == before
    crm.now += 300 * SECOND
    crm.write(*_many(275))
    assert "has 275 rows" in crm.error()
    crm.now += 300 * SECOND
    assert crm.sync().withdrawn == 25


def test_an_export_that_was_cut_while_it_was_written_withdraws_nobody(crm: Any) -> None:
    crm.write(*_many(300))
    crm.sync()
    crm.write(*_many(250))
    assert "it may be cut" in crm.error()
    crm.now += 300 * SECOND
    crm.write(*_many(301))
    summary = crm.sync()
    assert (summary.withdrawn, summary.added) == (0, 1)


def test_two_tables_that_both_lost_rows_are_both_believed_in_the_end(crm: Any) -> None:
    crm.sources["crm"]["tables"] = [crm.sources["crm"]["tables"][0], {**crm.sources["crm"]["tables"][0], "path": "more.csv"}]
    for count in (300, 250):
        for name in ("leads.csv", "more.csv"):
            crm.write(*_many(count), name=name)
        if count == 300:
            crm.sync_all()
    errors = []
    for _ in range(3):
        crm.now += 300 * SECOND
        (summary,) = crm.sync_all()
        errors.append(summary.error)
    assert ["leads.csv" in str(errors[0]), "more.csv" in str(errors[1]), errors[2]] == [True, True, None]
    assert len(crm.events()) == 500


@pytest.mark.parametrize("rows", [["1", "2"], ["1", "2", "3"]])
def test_a_file_that_was_just_written_is_left_for_the_next_reading_when_it_looks_unfinished(crm: Any, rows: list[str]) -> None:
    at = "2025-12-01T09:00:00Z"
    crm.write(*[(lead, at, "created", "", "20000") for lead in ("1", "2", "3")])
    crm.sync()
    file = crm.write(*[(lead, at, "created", "", "20000") for lead in rows])
    if len(rows) == 3:
        file.write_bytes(file.read_bytes()[:-4])
    written(crm, seconds_ago=20)
    assert "was written less than a minute ago" in crm.error()
    written(crm, seconds_ago=90)
    assert crm.sync().kept == len(rows)


def test_a_file_that_is_still_written_while_it_is_read_is_not_believed(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.write(*_many(30))
    crm.sync()
    before = crm.dump()
    file = crm.write(*_many(31))

    def grows(*arguments: Any) -> Any:
        with file.open("a") as export:
            export.write("77,2025-12-01T09:00:00Z,created,,\n")
        return mapped_safely(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr("slamon.jobs.sync.table_reading.mapped_safely", grows)
        assert "was changed while it was read" in crm.error()
    assert crm.dump() == before
    assert crm.sync().kept == 32
