"""Plain (unquoted) YAML scalars as values, by YAML 1.2's core schema; what different readers read differently is refused."""

import re

_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    spelling: word == "true" for word in ("true", "false") for spelling in (word, word.capitalize(), word.upper())
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.([0-9]{0,9}[1-9]|0)", re.ASCII)
_DECIMAL_LONG = re.compile(r"-?[0-9]+\.[0-9]+", re.ASCII)
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)", re.ASCII)
_ODD = re.compile(r"[-+]?(0[xX][0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|(\.[0-9]|[0-9])[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?)", re.ASCII)

Plain = str | int | float | bool | None


def resolve(text: str) -> Plain:
    """The value of a plain scalar; ``ValueError`` (``what is wrong; what to write instead``) for a number in disguise."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _NOT_A_NUMBER.fullmatch(text):
        raise ValueError(f'{text} is not a number that can be compared; write a finite number, or "{text}" if it is text')
    if _ODD.fullmatch(text):
        raise ValueError(f"{_cut(text)} {_reason(text)}; {_mend(text)}")
    return text


def _reason(text: str) -> str:
    digits = text.lstrip("+-")
    if "_" in text:
        return "has an underscore, which some readers drop and others keep"
    if re.fullmatch(r"0[0-9]+", digits):
        return "begins with 0, which some readers take for octal"
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return "is not a decimal number"
    if text.startswith("+"):
        return "has a plus sign, which is lost"
    if "e" in text.lower():
        return "is written with an exponent"
    return "would not be kept as it is written"


def _mend(text: str) -> str:
    quoted = f'"{_cut(text)}" if it is text (a name, a code)'
    plain = text.replace("_", "").lstrip("+")
    if len(plain) <= 20 and (re.fullmatch(r"-?[0-9]+", plain) or _DECIMAL_LONG.fullmatch(plain)):  # noqa: PLR2004 - fits a float
        sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
        whole, _, rest = digits.partition(".")
        rest = rest.rstrip("0")
        number = f"{sign}{whole.lstrip('0') or '0'}{'.' + rest if rest else ''}"
        return f"write {number} if it is a number, {quoted}"
    return f"write plain digits, e.g. 1000, if it is a number, {quoted}"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - one line
