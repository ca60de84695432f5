"""How YAML is read: as 1.2, with places, and whatever the bytes, never with a traceback."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.definition_files import DefinitionError, load_definitions, validate_workspace, yaml_nodes
from slamon.definition_files.scalars import resolve
from slamon.definition_files.yaml_nodes import Mapping, compose, plain

ROOT = Path(__file__).parent.parent.parent
SEEDS = [path.read_bytes() for path in sorted((ROOT / "sla_definitions").glob("*.yaml"))]
PIECES = [
    b"{", b"}", b"[", b"]", b": ", b"- ", b"\n", b"  ", b" #", b"&a ", b"*a", b"!!int ", b"'", b'"', b"|", b">", b"%", b"? ",
    b"\n---\n", b"\n...\n", b"\t", b"\\", b"\xc2\x85", b"\xe2\x80\xa8", b"1e9", b"~", b"<<: ", b"@", b"\x00", b"\xff", b"010",
    b"\xef\xbb\xbf", b"%YAML 2.9\n", b"|9\n", b"!<x> ", b"\xf0\x9f\x98\x80", b"9" * 5000, b"[" * 60,
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("4", 4), ("-4", -4), ("0", 0), ("0.5", 0.5), ("2.0", 2.0), ("true", True), ("False", False), ("null", None), ("~", None),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("17:00", "17:00"), ("2026-01-01", "2026-01-01"), ("04-01", "04-01"), ("4wh", "4wh"),
        ("90%", "90%"), ("1.2.3", "1.2.3"), ("+49 30 1234", "+49 30 1234"), ("<<", "<<"), ("=", "="),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_yaml_1_2_says(written: str, value: object) -> None:
    assert resolve(written) == value
    assert type(resolve(written)) is type(value)


@pytest.mark.parametrize(
    "written", ["010", "-010", "1_000", "0x1F", "0o17", "1e3", ".5", "5.", "1.10", "+5", ".nan", "-.inf", "9" * 30, "00"]
)
def test_a_number_in_disguise_is_refused_with_both_mends(written: str) -> None:
    with pytest.raises(ValueError, match=r"; write .* if it is text"):
        resolve(written)


def test_a_quoted_scalar_is_always_text() -> None:
    documents, findings = compose("a: '010'\nb: \"1e3\"\nc: 'null'\nd: \"true\"\ne: ''\n", "f")
    assert findings == []
    assert plain(documents[0]) == {"a": "010", "b": "1e3", "c": "null", "d": "true", "e": ""}


def test_documents_before_a_syntax_error_are_still_read() -> None:
    documents, findings = compose("a: 1\n---\nb: [\n", "f")
    assert plain(documents[0]) == {"a": 1}
    assert len(findings) == 1


def test_nodes_know_where_they_stand() -> None:
    document = compose("a: 1\nb:\n  - x\n  - {c: y}\n", "f")[0][0]
    assert isinstance(document, Mapping)
    b = document.get("b")
    assert b is not None
    assert (b.line, b.column) == (3, 3)
    assert document.get("z") is None


@pytest.mark.parametrize("depth", [51, 3_000, 100_000])
@pytest.mark.parametrize("shape", ["flow", "flow mappings", "block"])
def test_nesting_is_bounded_however_deep(depth: int, shape: str) -> None:
    text = {"flow": "[" * depth, "flow mappings": "{a: " * depth, "block": "- " * depth + "x"}[shape]
    documents, findings = compose(text, "f")
    assert [finding.problem for finding in findings] == ["nested more than 50 deep"]
    assert documents == []


def test_a_file_of_mistakes_stops_being_told_after_a_hundred(findings_of: Callable[..., list[str]]) -> None:
    told = findings_of("sla: x\nkind: deadline\n" + "".join(f"key{number}: x\n" for number in range(5_000)))
    assert len(told) == 101
    assert any("more than 100 problems in this file; mend these first" in line for line in told)
    aliases = findings_of("sla: x\na:\n" + "".join(f"- *a{number}\n" for number in range(5_000)))
    assert len(aliases) == 101


def test_a_file_of_too_many_values_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "LONGEST", 1_000)
    documents, findings = compose("a: [" + "x," * 2_000 + "]", "f")
    assert [finding.problem for finding in findings] == ["more than 1000 values in one file"]
    assert documents == []


def test_a_file_of_comments_alone_says_nothing_and_is_no_problem(findings_of: Callable[..., list[str]]) -> None:
    sound = (ROOT / "sla_definitions" / "acceptance-rate.yaml").read_bytes()
    assert findings_of(sound) == []
    assert findings_of(b"# later\n", "empty.yaml") == []
    assert findings_of(b"", "emptier.yaml") == []


def refused_or_read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.yaml").write_bytes(content)
        with contextlib.suppress(DefinitionError):
            load_definitions(folder)
        (folder / "slamon.yaml").write_bytes(content)
        assert all(str(finding) for finding in validate_workspace(folder, {}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_random_bytes_never_raise_anything_but_a_definition_error(content: bytes) -> None:
    refused_or_read(content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("abz019 :-,[]{}#&*!|>'\"%@`\n\t?~.\\_"), max_size=200))
def test_random_yaml_never_raises_anything_but_a_definition_error(content: str) -> None:
    refused_or_read(content.encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.sampled_from(SEEDS), cuts=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 20), st.sampled_from(PIECES)), max_size=5)
)
def test_damaged_definitions_never_raise_anything_but_a_definition_error(seed: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    content = bytearray(seed)
    for place, length, piece in cuts:
        content[place : place + length] = piece
    refused_or_read(bytes(content))
