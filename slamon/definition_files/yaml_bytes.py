"""A YAML file's bytes as text, or why they cannot be read."""

from pathlib import Path
from stat import S_ISREG

from slamon.definition_files.findings import Finding

LARGEST = 1_000_000
_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"))
SAVE_AS = "save the file as UTF-8 without a byte order mark"


def read_yaml(path: Path) -> str | Finding:
    """The file's text; never more than LARGEST bytes are read."""
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting, a device would never end
            return Finding(str(path), 1, 1, "this is no file", "write a plain text file there, or a link to one")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        return Finding(str(path), 1, 1, f"cannot be read: {error.strerror}", "check the path and its permissions")
    return decode_yaml(content, str(path))


def decode_yaml(content: bytes, file: str) -> str | Finding:
    """The text of a file's bytes."""
    if len(content) > LARGEST:
        return Finding(file, 1, 1, "the file is larger than 1 MB", "write one SLA a file; data belong in sources, not in definitions")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Finding(file, 1, 1, f"the file is {encoding}", SAVE_AS)
    if 0 in content:
        line, column = _position(content, content.index(0))
        return Finding(file, line, column, "a NUL byte: this is no text, or it is UTF-16", SAVE_AS)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(content, error.start)
        return Finding(file, line, column, f"byte 0x{content[error.start]:02x} is not UTF-8", SAVE_AS)
    return _without_tabs(text, file)


def _without_tabs(text: str, file: str) -> str | Finding:
    for number, line in enumerate(text.split("\n"), start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip():
            return Finding(file, number, indent.index("\t") + 1, "a tab begins the line", "indent with spaces")
    return text


def _position(content: bytes, index: int) -> tuple[int, int]:
    before = content[:index]
    return before.count(b"\n") + 1, index - before.rfind(b"\n")
