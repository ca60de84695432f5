"""What the store knows against its own facts, in words for reports: sources that hold verdicts, rows refused, what could not be judged."""

from sqlalchemy import Connection

from slamon.core.working_time.instants import iso
from slamon.store.facts.freshness import refused_rows
from slamon.store.facts.holds import Hold, load_holds
from slamon.store.verdicts.set_aside import load_set_aside

MOST_NAMED = 5


def held_remarks(connection: Connection) -> tuple[str, ...]:
    """One sentence for each source that holds verdicts; empty when none does."""
    return tuple(f"Held: {_slas(hold)} since {_since(hold)}, because {hold.reason}." for hold in load_holds(connection))


def data_findings(connection: Connection) -> tuple[str, ...]:
    """Rows that could not be read, by table, and leads or promises that could not be judged."""
    refused = refused_rows(connection)
    rows = [f"{count:,} {'row' if count == 1 else 'rows'} of {source}/{table} left out" for (source, table), count in refused.items()]
    aside = load_set_aside(connection)
    leads, slas = sum(bool(each.lead) for each in aside), sorted({each.sla for each in aside if not each.lead})
    told = [f"{leads:,} {'lead' if leads == 1 else 'leads'} could not be judged"] if leads else []
    return (*rows, *told, *(f"{sla} could not be judged" for sla in slas))


def _slas(hold: Hold) -> str:
    if not hold.slas:
        return "nothing that is promised"
    return ", ".join(hold.slas[:MOST_NAMED]) + (f" and {len(hold.slas) - MOST_NAMED} more" if len(hold.slas) > MOST_NAMED else "")


def _since(hold: Hold) -> str:
    return "ever" if hold.until is None else f"{iso(hold.until)[:16].replace('T', ' ')} UTC"
