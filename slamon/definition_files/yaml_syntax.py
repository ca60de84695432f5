"""YAML's own complaints in words that help whoever wrote the file."""

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from slamon.definition_files.findings import Finding

QUOTE = 'quote it: "#sales"'
_OPEN_QUOTE = re.compile(r"(?:^|[:\-,\[{]\s*)([\"'])(?:(?!\1).)*$")
_COMMENT_INSIDE = re.compile(r"[\[{][^\]}\"'#]*(#[\w-]+)")


def syntax_finding(error: YAMLError, file: str, lines: list[str]) -> Finding:
    """One finding for the place where the parser gave up."""
    if isinstance(error, ReaderError):
        return _unreadable(error, file, lines)
    line, column = 1, 1
    said = str(error).partition("\n")[0]
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        said = error.problem or said
        nearer = _hidden_bracket(error, lines) or _open_quote(lines[:line])
        if nearer is not None:
            return Finding(file, *nearer)
    return Finding(file, line, column, *_in_words(said, error, lines[line - 1] if line <= len(lines) else "", column))


def _unreadable(error: ReaderError, file: str, lines: list[str]) -> Finding:
    sign = chr(error.character) if isinstance(error.character, int) else str(error.character)
    for number, line in enumerate(lines, start=1):
        if sign in line:
            return Finding(file, number, line.index(sign) + 1, f"the control character U+{ord(sign):04X}", "delete it")
    return Finding(file, 1, 1, f"the control character U+{ord(sign):04X}", "delete it")


def _open_quote(lines: list[str]) -> tuple[int, int, str, str] | None:
    """A quote that is not closed on its line: the parser only stumbles much later, over the next quote."""
    for number, line in enumerate(lines, start=1):
        match = _OPEN_QUOTE.search(line)
        if match and not line.lstrip().startswith("#"):
            return number, match.start(1) + 1, "a quoted text does not end on its line", f"close it with {match[1]}"
    return None


def _hidden_bracket(error: MarkedYAMLError, lines: list[str]) -> tuple[int, int, str, str] | None:
    """A ``[holder, #sales]`` whose second half is a comment, so that the bracket never closes."""
    mark = error.context_mark or error.problem_mark
    if mark is None or "flow" not in (error.context or ""):
        return None
    for number in range(min(mark.line, len(lines) - 1), max(mark.line - 3, -1), -1):
        match = _COMMENT_INSIDE.search(lines[number])
        if match:
            return (
                number + 1,
                match.start(1) + 1,
                f"{match[1]} is read as a comment, so its bracket never closes",
                f'quote it: "{match[1]}"',
            )
    return None


_SAID = (  # what the parser says (its problem and context), and the same in words that help
    (r"quoted scalar", "a quoted text does not end", "close the quote on the same line"),
    (r"'(\\t|\t)'", "a tab where YAML expects spaces", "write spaces instead"),
    (r"found character '(.)' that cannot start", "a text cannot begin with {0}", 'quote the text, e.g. "{0}…"'),
    (
        r"mapping values are not allowed",
        "a second colon in one line",
        'quote the text that holds it, e.g. title: "Sales: first call", or begin a new line',
    ),
    (r"flow", "a bracket or brace does not end here", "close every [ with ] and every {{ with }}, and put commas between entries"),
    (r"could not find expected ':'", "a line that is neither a key with a colon nor a list item", "write key: value"),
    (r"block", "the indentation does not fit the lines above", "indent the keys of one mapping alike, and begin list items with a dash"),
)


def _in_words(said: str, error: YAMLError, line: str, column: int) -> tuple[str, str]:
    if "mapping values are not allowed" in said and line.find(":") == column - 1:
        return "this line stands further in than the one above, which has a value already", "begin both in the same column"
    context = (error.context or "") if isinstance(error, MarkedYAMLError) else ""
    for pattern, problem, mend in _SAID:
        match = re.search(pattern, f"{said} {context}")
        if match:
            return problem.format(*match.groups()), mend.format(*match.groups())
    return f"this is not YAML: {said[:120]} (in {line.strip()[:40]!r})", "compare with an example in docs/sla-language.md"


def empty_value(key: str | None, line: str, column: int, *, flow: bool, before: tuple[str, ...]) -> tuple[str, str]:
    """Problem and mend for a key or list item without a value; the cause is often a comment or a comma."""
    rest = line[column - 1 :]
    if key is None:
        comment = re.match(r"\s*(#\S*)", line[max(column - 1, 0) :]) or re.search(r"-\s+(#\S*)", line)
        if comment:
            return f"{comment[1]} is read as a comment, so the item is empty", f'quote it: "{comment[1]}"'
        return "an empty list item", "write a value, or delete the item"
    after = rest[len(key) :].lstrip("\"' ")
    if flow and not after.startswith(":"):
        whole = f'{before[0]}: "{before[1]}, {key}"' if len(before) == 2 else f'"…, {key}"'  # noqa: PLR2004 - key and value
        return f"'{key}' stands alone, because a comma ends an entry inside {{ }}", f"quote the whole text: {whole}"
    comment = re.match(r":\s+(#\S*)", after)
    if comment:
        return f"`{key}` is empty, because # begins a comment", f'quote the text: {key}: "{comment[1]}"'
    return f"`{key}` has no value", "write one, or leave the key out"
