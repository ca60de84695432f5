"""Files as people and machines write them: every row is an event, counted, or refused with its line and the reason."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from slamon.settings import SourceSettings
from slamon.sources import SourceError, tables_of

HEAD = "lead,when,note\n"
T = "2026-01-02T03:04:05Z"
ROWS = [("1", "2026-01-02T03:04:05.5+01:00", "a"), ("2", T, 'b, "quoted"\nand more'), ("3", T, ""), ("4", T, "Zoë 你好")]
CSV = HEAD + "".join(f'{lead},{when},"{note.replace(chr(34), chr(34) * 2)}"\n' for lead, when, note in ROWS)


def _in_every_format(path: Path) -> list[str]:
    (path / "t.csv").write_text(CSV, encoding="utf-8")
    (path / "t.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    (path / "t.tsv").write_text(
        CSV.replace(",when,", "\twhen\t")
        .replace("Z,", "Z\t")
        .replace(":00,", ":00\t")
        .replace("\n1,", "\n1\t")
        .replace("\n2,", "\n2\t")
        .replace("\n3,", "\n3\t")
        .replace("\n4,", "\n4\t"),
        encoding="utf-8",
    )
    records = [dict(zip(("lead", "when", "note"), row, strict=True)) for row in ROWS]
    (path / "t.jsonl").write_text("".join(json.dumps({**each, "lead": int(each["lead"])}) + "\n" for each in records), encoding="utf-8")
    pq.write_table(
        pa.table(
            {
                "lead": [int(row[0]) for row in ROWS],
                "when": [row[1] for row in ROWS],
                "note": pa.array([row[2] or None for row in ROWS]).dictionary_encode(),
            }
        ),
        path / "t.parquet",
    )
    book = openpyxl.Workbook()
    book.active.append(["lead", "when", "note"])
    for row in ROWS:
        book.active.append([int(row[0]), row[1], row[2] or None])
    book.save(path / "t.xlsx")
    return ["t.csv.gz", "t.tsv", "t.jsonl", "t.parquet", "t.xlsx"]


def test_every_format_gives_the_same_events_as_csv(folder: Any) -> None:
    others = _in_every_format(folder.path)
    expected = folder.read("t.csv").events
    assert len(expected) == 4
    for name in others:
        assert folder.read(name).events == expected, name


def test_typed_columns_read_as_their_texts(folder: Any) -> None:
    table = pa.table({
        "lead": pa.array([1.0]), "when": pa.array([1_767_323_045_500_000], pa.timestamp("us", "America/New_York")),
        "whole": pa.array([7], pa.int64()), "part": pa.array([0.25]), "yes": pa.array([True]), "day": pa.array([20_455], pa.date32()), "list": pa.array([["x", "y"]]), "bytes": pa.array([b"\xffA"]),
    })  # fmt: skip
    pq.write_table(table, folder.path / "t.parquet")
    read = folder.read("t.parquet", attributes={name: name for name in ("whole", "part", "yes", "day", "list", "bytes")})
    assert (read.leads, [event[3] for event in read.events]) == (["1"], [1_767_323_045_500_000])
    assert json.loads(read.notes[0]) == {
        "whole": "7",
        "part": "0.25",
        "yes": "true",
        "day": "2026-01-02",
        "list": '["x", "y"]',
        "bytes": "�A",
    }


def test_quoted_line_breaks_and_blank_lines_do_not_shift_the_line_numbers(folder: Any) -> None:
    read = folder.read("t.csv", f'{HEAD}1,{T},"a\nb\r\nc"\n\n2,bad,x\n3,{T},"\n"\n4,worse,x\n5,{T},last')
    assert read.leads == ["1", "3", "5"]
    assert [line for line, _ in read.refused] == [6, 9]
    assert read.lines == [2, 6, 7, 9, 10]


def test_rows_with_too_few_or_too_many_cells_are_refused_one_by_one(folder: Any) -> None:
    read = folder.read("t.csv", f'{HEAD}1,{T}\n2,{T},x\n3,{T},x,y\n4,{T},"x"y\n5,{T},z\n')
    assert read.leads == ["2", "5"]
    assert sorted(read.refused) == [
        (2, "has 2 cells where the first line names 3 columns"),
        (4, "has 4 cells where the first line names 3 columns"),
        (5, "cannot be split into cells: write a quote inside a quoted cell twice"),
    ]


@pytest.mark.parametrize("tail", ['1,x,"never closed\n', f'1,{T},"open\n' + f"2,{T},x\n" * 20_000])
def test_a_quote_that_is_never_closed_stops_the_reading_at_its_line(folder: Any, tail: str) -> None:
    with pytest.raises(SourceError, match=r"t\.csv, line 3: a quote is opened and never closed"):
        folder.read("t.csv", f"{HEAD}0,{T},a\n{tail}")


def test_a_byte_order_mark_windows_line_ends_and_other_encodings_are_read(folder: Any) -> None:
    assert folder.read("a.csv", b"\xef\xbb\xbf" + f"lead,when,note\r\n1,{T},x\r\n".encode()).leads == ["1"]
    assert folder.read("b.csv", f"{HEAD}1,{T},Zoë\n".encode("cp1252"), encoding="cp1252").notes == ['{"note":"Zoë"}']
    assert folder.read("c.csv", f"{HEAD}1,{T},Zoë\n".encode("utf-16"), encoding="utf-16").notes == ['{"note":"Zoë"}']
    assert folder.read("d.csv", f"lead;when;note\n1;{T};x\n", delimiter=";").leads == ["1"]
    with pytest.raises(SourceError, match="is UTF-16; write encoding: utf-16"):
        folder.read("e.csv", f"{HEAD}1,{T},x\n".encode("utf-16"))


def test_bytes_of_another_encoding_and_nul_show_and_are_counted(folder: Any) -> None:
    read = folder.read("t.csv", f"{HEAD}1,{T},Zo".encode() + b"\xeb\n2," + f"{T},a\0b\n3,{T},fine\n".encode())
    assert read.notes == ['{"note":"Zo�"}', '{"note":"a�b"}', '{"note":"fine"}']
    assert read.unreadable == 2


def test_a_lead_whose_id_cannot_be_read_is_refused_not_mixed_up_with_another(folder: Any) -> None:
    read = folder.read("t.csv", HEAD.encode() + b"A\xe9,2026-01-02T03:04:05Z,x\nA\xe8,2026-01-02T03:04:05Z,x\n")
    assert read.events == []
    assert "holds bytes that are not of the table's encoding" in read.refused[0][1]


def test_json_lines_may_hold_half_a_character_nested_values_and_other_keys(folder: Any) -> None:
    lines = [
        f'{{"lead":1,"when":"{T}","note":"a\\ud800b"}}',
        "[1]",
        "{broken",
        "",
        f'{{"lead":"2","when":"{T}","note":{{"b":1,"a":[]}},"more":1.10}}',
    ]
    read = folder.read("t.jsonl", "\n".join(lines))
    assert read.notes == ['{"note":"a�b"}', '{"note":"{\\"a\\": [], \\"b\\": \\"1\\"}"}']
    assert read.refused == [(2, "is not a JSON object"), (3, "is not a JSON object")]


def test_doubled_column_names_matter_only_where_the_mapping_means_them(folder: Any) -> None:
    assert folder.read("t.csv", f"lead,when,note,x,x\n1,{T},a,b,c\n").leads == ["1"]
    with pytest.raises(SourceError, match=r"column 'note' \(attribute note\) is there 2 times; rename all but one"):
        folder.read("t.csv", f"lead,when,note,note\n1,{T},a,b\n")


def test_columns_that_are_not_there_are_all_named_beside_those_that_are(folder: Any) -> None:
    with pytest.raises(SourceError) as caught:
        folder.read("t.csv", f"Lead,whenn,note\n1,{T},a\n", recorded_at="logged")
    assert (
        "there is no column 'lead' (lead); did you mean 'Lead'?; there is no column 'when' (at); did you mean 'whenn'?; there is no column 'logged' (recorded_at)"
        in str(caught.value)
    )
    assert "Its columns are: Lead, whenn, note" in str(caught.value)
    with pytest.raises(SourceError, match="write delimiter: ';'"):
        folder.read("t.csv", f"lead;when;note\n1;{T};a\n")


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.tsv"])
def test_an_empty_file_is_no_table(folder: Any, name: str) -> None:
    with pytest.raises(SourceError, match="is empty"):
        folder.read(name, b"")


def test_a_header_without_rows_is_a_table_without_rows(folder: Any) -> None:
    assert folder.read("t.csv", HEAD).events == []


def test_broken_files_are_named_with_what_to_do(folder: Any) -> None:
    whole = gzip.compress((HEAD + f"1,{T},x\n" * 9000).encode())
    with pytest.raises(SourceError, match=r"cut\.csv\.gz is not whole: .*; export it again"):
        folder.read("cut.csv.gz", whole[:-20])
    with pytest.raises(SourceError, match="is not whole"):
        folder.read("no.csv.gz", b"lead,when,note\n")
    with pytest.raises(SourceError, match="is not a Parquet file"):
        folder.read("t.parquet", b"lead,when,note\n")
    with pytest.raises(SourceError, match="is not an Excel workbook"):
        folder.read("t.xlsx", b"lead,when,note\n")
    with pytest.raises(SourceError, match=r"write e\.g\. format: csv"):
        folder.read("t.dat", HEAD)
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        folder.read("absent.csv")


def test_excel_reads_the_sheet_that_is_named(folder: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Leads")
    for row in (["lead", "when", "note", None], [7, T, True, None], [None, None, None], [8, T, 1.5, "extra"]):
        sheet.append(row)
    book.save(folder.path / "t.xlsx")
    read = folder.read("t.xlsx", sheet="Leads")
    assert (read.leads, read.notes) == (["7"], ['{"note":"true"}'])
    assert read.refused == [(4, "has more cells than the 3 columns that the first row names")]
    with pytest.raises(SourceError, match="has no sheet 'Deals'; it has Sheet, Leads"):
        folder.read("t.xlsx", sheet="Deals")


def test_a_file_that_is_written_while_it_is_read_is_not_believed(folder: Any) -> None:
    (folder.path / "t.csv").write_text(HEAD + f"1,{T},x\n" * 5, encoding="utf-8")
    settings = SourceSettings.model_validate(
        {"type": "files", "tables": [{"path": "t.csv", "lead": "lead", "at": "when", "events": [{"is": {"stage": "mql"}}]}]}
    )
    (table,) = tables_of("crm", settings, folder.path)
    with pytest.raises(SourceError, match="was changed while it was read"), table.open() as reading:  # noqa: PT012
        for _chunk in reading.chunks:
            (folder.path / "t.csv").write_text(HEAD, encoding="utf-8")


def test_a_file_that_is_replaced_while_it_is_read_is_read_to_its_end_as_it_was(folder: Any) -> None:
    (folder.path / "t.csv").write_text(HEAD + f"1,{T},x\n" * 5, encoding="utf-8")
    (folder.path / "fresh.csv").write_text(HEAD, encoding="utf-8")
    settings = SourceSettings.model_validate(
        {"type": "files", "tables": [{"path": "t.csv", "lead": "lead", "at": "when", "events": [{"is": {"stage": "mql"}}]}]}
    )
    (table,) = tables_of("crm", settings, folder.path)
    rows = 0
    with table.open() as reading:
        for chunk in reading.chunks:
            rows += len(chunk)
            if (folder.path / "fresh.csv").exists():
                (folder.path / "fresh.csv").replace(folder.path / "t.csv")
    assert rows == 5
    with table.open() as reading:
        assert sum(map(len, reading.chunks)) == 0


def test_a_pipe_is_not_waited_for(folder: Any) -> None:
    os.mkfifo(folder.path / "leads.csv")
    with pytest.raises(SourceError, match="is a pipe or a device, not a file; export into a file"):
        folder.read("leads.csv")
