"""What a cycle's target is, and why that one."""

from slamon.core.definitions import Cadence, Deadline
from slamon.core.definitions.pattern_terms import filter_in_words
from slamon.core.facts import Facts
from slamon.core.kinds.starts import lengths_of
from slamon.core.verdicts import Judged
from slamon.core.working_time.durations import Duration


def target_words(definition: Deadline | Cadence, length: Duration) -> str:
    """``2 working hours``; ``3 attempts in 10 working days, at least 1 working day apart``."""
    if isinstance(definition, Deadline):
        closing = ", until close of business" if definition.close_of_business and length.is_working_days else ""
        return f"{length.in_words()}{closing}"
    gap = definition.gap
    least = f", at least {gap.min.in_words()} apart" if gap.min else ""
    most = f", at most {gap.max.in_words()} apart" if gap.max else ""
    channels = f", on {definition.channels} channels" if definition.channels else ""
    return f"{definition.attempts} attempts in {length.in_words()}{least}{most}{channels}"


def target_why(facts: Facts, judged: Judged, row: int) -> str:
    """Which of several targets it is, and the attribute values that chose it; empty where there is only one."""
    each = judged.obligations
    version = int(each.version[row])
    definition = judged.versions[version]
    if not isinstance(definition, Deadline) or not (definition.targets or definition.batch.within):
        return ""
    earlier = judged.versions[:version]
    index = int(each.target[row]) - sum(len(lengths_of(other)) for other in earlier if isinstance(other, Deadline))
    return _why(facts, definition, index, int(each.start_row[row]))


def _why(facts: Facts, definition: Deadline, index: int, start_row: int) -> str:
    if index > len(definition.targets):
        return f"it came in a bulk import of more than {definition.batch.size} leads"
    if not definition.targets:
        return ""
    if index < len(definition.targets):
        chosen = definition.targets[index]
        return f"for leads with {filter_in_words(chosen.when).replace(': ', ' ')} ({_values(facts, list(chosen.when), start_row)})"
    names = list(dict.fromkeys(name for target in definition.targets for name in target.when))
    return f"no target of its own fits ({_values(facts, names, start_row)})"


def _values(facts: Facts, names: list[str], start_row: int) -> str:
    """What the lead was at the start: all that was known at that instant."""
    lead = int(facts.lead[start_row])
    row = int(facts.rows_from(facts.lead[start_row : start_row + 1], facts.at[start_row : start_row + 1], after=True)[0]) - 1
    known = max(row, int(facts.first[lead]))
    values = [f"{name} {facts.attributes[name].at(known) or 'not known'}" for name in names if name in facts.attributes]
    return f"{', '.join(values) or ', '.join(names) + ' not known'} at the start"
