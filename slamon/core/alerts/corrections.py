"""Why a verdict that was told is another one now: the one place that knows the reasons."""

from dataclasses import dataclass

GONE = "the CRM has this lead no more"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a named person decided, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What changed between the check that judged a cycle one way and the one that judged it the other way."""

    excused: Ruled | None = None
    accepted: Ruled | None = None
    """Of the answer, which was logged late."""
    put_on: Ruled | None = None
    """Of the version that judges the cycle."""
    reworded: Ruled | None = None
    """Of the text of that version, which was wrong from its beginning."""
    reworded_on: str = ""
    """The date of that."""
    version: str = ""
    merged: bool = False
    gone: bool = False
    """Whether the CRM has the lead no more, nor says that it was deleted."""
    facts: bool = False
    """Whether the CRM said anything new of the lead."""
    terms: bool = False
    """Whether the definitions are others."""
    what: str = ""
    """The event that ended the cycle, in words."""


def why(turn: Turn) -> str:
    """The reason in words for a message: a person's decision by name, else the CRM, the definitions, or who works when."""
    if turn.excused:
        return f"{turn.excused.by}: {turn.excused.reason}"
    if turn.accepted:
        return f"{turn.accepted.by} accepted it though it was logged late: {turn.accepted.reason}"
    if turn.put_on:
        return f"{turn.put_on.by} put version {turn.version} on open leads: {turn.put_on.reason}"
    if turn.reworded:
        return reworded_words(turn.reworded_on, turn.reworded)
    if turn.facts:
        told = "merged with another lead" if turn.merged else turn.what or (GONE if turn.gone else "newer CRM data")
        return f"{told}; the definitions changed, too" if turn.terms else told
    return "the definitions changed" if turn.terms else "calendars, people or their absences changed"


def reworded_words(on: str, ruled: Ruled) -> str:
    """That a promise's text was wrong from its beginning: since which date it is another, by whom and why."""
    return f"the promise's text was corrected on {on} by {ruled.by}: {ruled.reason}"
