"""Terms that recorded verdicts follow from are not changed by an edit: it is refused, with what to do instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts.judged_terms import ChangedTerms, JudgedTerms, Key, changed_terms, judged_terms
from slamon.core.working_time.instants import FOREVER
from slamon.core.working_time.periods import local_date
from slamon.definition_files.findings import DefinitionError, Finding
from slamon.store.database import reading
from slamon.store.verdicts import last_check
from slamon.store.verdicts.judged_terms import Standing, keep_judged_terms, load_judged_terms, standing_on

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """A change of terms on which recorded verdicts stand."""

    change: ChangedTerms
    standing: Standing


class ChangedTermsError(DefinitionError):
    """A definition's terms are not those by which recorded verdicts were judged; each finding says what to do."""


def refused_changes(connection: Connection, kept: Mapping[Key, JudgedTerms], definitions: DefinitionSet) -> list[Refused]:
    """The versions whose terms are not those of recorded verdicts, by SLA and version."""
    found = [Refused(change, standing_on(connection, change)) for change in changed_terms(kept, judged_terms(definitions))]
    return [each for each in found if each.standing.verdicts]


def refuse_changed_terms(engine: Engine, definitions: DefinitionSet) -> None:
    """``ChangedTermsError`` when verdicts were recorded by other terms than these."""
    with reading(engine) as connection:
        refuse_changes(connection, load_judged_terms(connection), definitions)


def refuse_changes(connection: Connection, kept: Mapping[Key, JudgedTerms], definitions: DefinitionSet) -> None:
    """The same, of terms that were read already."""
    refused = refused_changes(connection, kept, definitions)
    if refused:
        run = last_check(connection)
        raise ChangedTermsError(_finding(each, definitions, run.as_of if run else 0) for each in refused)


def keep_new_terms(connection: Connection, kept: Mapping[Key, JudgedTerms], definitions: DefinitionSet, at: int) -> bool:
    """Keep the terms that are judged by from now on, where they are not ``kept`` already, inside the caller's transaction.

    False when others than those were kept meanwhile: somebody reworded a promise.
    """
    now = judged_terms(definitions)
    gone = {key: replace(each, text="") for key, each in kept.items() if key not in now}
    after, found = {**now, **gone}, load_judged_terms(connection)
    if found == kept:
        keep_judged_terms(connection, [each for key, each in after.items() if kept.get(key) != each], at)
    return found in (kept, after)


def words_of(change: ChangedTerms, definitions: DefinitionSet) -> str:
    """What is worded otherwise, to follow the name of the version."""
    return _what(change, _zone(change, definitions))


def _finding(refused: Refused, definitions: DefinitionSet, judged_until: int) -> Finding:
    change = refused.change
    sla, version = change.key
    file, line = _place(change, definitions)
    zone = _zone(change, definitions)
    later = local_date(max(refused.standing.last, judged_until), zone) + timedelta(days=1)
    problem = f"version {version} of '{sla}' {_what(change, zone)}, but {_verdicts(refused.standing)} from what was promised"
    anew = f"or, if the text was wrong from the beginning: slamon reword {sla} {version} --by NAME --reason TEXT"
    return Finding(file, line, 1, problem, f"{_mend(change, later.isoformat())}, {anew}")


def _place(change: ChangedTerms, definitions: DefinitionSet) -> tuple[str, int]:
    """Where the version is written, else another one of its SLA, else any."""
    places = definitions.places
    own = [places[key] for key in sorted(places) if key[0] == change.key[0]]
    return places.get(change.key) or next(iter([*own, *sorted(places.values())]), ("definitions", 1))


def _zone(change: ChangedTerms, definitions: DefinitionSet) -> str:
    for each in definitions.versions().get(change.key[0], ()):
        return definitions.calendar_of(each).timezone
    return definitions.timezone


def _what(change: ChangedTerms, zone: str) -> str:
    if change.now is None:
        return "is not there any more"
    if change.kept is None:
        return "begins before cycles that were judged already"
    if change.only_its_end:
        return f"ends otherwise (effective_until: {_end(change.kept, zone)} → {_end(change.now, zone)})"
    more = [f"and {len(change.differences) - MOST_SHOWN} more"] if len(change.differences) > MOST_SHOWN else []
    return f"has other terms now ({', '.join([*change.differences[:MOST_SHOWN], *more])})"


def _end(each: JudgedTerms, zone: str) -> str:
    return "not given" if each.until == FOREVER else local_date(each.until, zone).isoformat()


def _verdicts(standing: Standing) -> str:
    return "1 recorded verdict follows" if standing.verdicts == 1 else f"{standing.verdicts:,} recorded verdicts follow"


def _mend(change: ChangedTerms, later: str) -> str:
    if change.now is None:
        return f'put it back, and to end it write effective_until: "{later}"'
    if change.kept is None:
        return f'write effective_from: "{later}" or later'
    if change.only_its_end:
        return f'write effective_until: "{later}" or later'
    return f'put it back, and give the new terms an effective_from of their own ("{later}" or later)'
