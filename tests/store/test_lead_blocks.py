"""All leads in blocks: each once, merged ones together, and no block larger than it has to be."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, insert

from slamon.store.database import reading, writing
from slamon.store.facts.lead_blocks import lead_blocks
from slamon.store.schema import event_history, events


def _event(number: int, lead: str, into: str | None) -> dict[str, object]:
    kind = "merged" if into else "touch"
    told = {"id": str(number), "source": "crm", "source_table": "leads", "lead": lead, "at": number, "seen_at": number}
    return told | {"kind": kind, "value": into, "automated": False, "position": number}


def _told(engine: Engine, leads: Sequence[str], into: Mapping[str, str], *, superseded: Sequence[str] = ()) -> None:
    """One event of each lead, or its merge; those of ``superseded`` leads are not what the source says any more."""
    rows = [_event(number, lead, into.get(lead)) for number, lead in enumerate(leads)]
    with writing(engine) as connection:
        connection.execute(insert(events), [row for row in rows if row["lead"] not in superseded])
        for row in rows:
            if row["lead"] in superseded:
                connection.execute(insert(event_history).values(**row, superseded_at=1_000))


def _blocks(engine: Engine, leads: int, events_at_once: int = 100) -> list[list[str]]:
    with reading(engine) as connection:
        return list(lead_blocks(connection, leads, events_at_once))


def test_every_lead_is_in_one_block_in_order(engine: Engine) -> None:
    _told(engine, ["cid", "ada", "bea", "eve", "dan"], {})
    assert _blocks(engine, 2) == [["ada", "bea"], ["cid", "dan"], ["eve"]]


def test_leads_merged_along_a_chain_are_in_one_block_though_it_is_larger(engine: Engine) -> None:
    _told(engine, ["ada", "bea", "cid", "dan", "eve"], {"eve": "cid", "cid": "ada"})
    assert _blocks(engine, 2) == [["ada", "cid", "eve"], ["bea", "dan"]]


def test_a_merge_that_was_taken_back_and_a_lead_that_is_gone_count_too(engine: Engine) -> None:
    _told(engine, ["ada", "bea", "dan"], {"dan": "ada"}, superseded=["dan"])
    assert _blocks(engine, 1) == [["ada", "dan"], ["bea"]]


def test_a_survivor_of_whom_nothing_is_told_is_in_the_block_of_who_was_merged_into_it(engine: Engine) -> None:
    _told(engine, ["ada", "bea"], {"bea": "zoe"})
    assert _blocks(engine, 2) == [["ada"], ["bea", "zoe"]]


def test_a_block_holds_no_more_events_than_it_may(engine: Engine) -> None:
    _told(engine, ["ada"] * 4 + ["bea"] * 3 + ["cid"] * 2, {})
    assert _blocks(engine, 10, events_at_once=5) == [["ada"], ["bea", "cid"]]


def test_a_store_without_events_has_no_blocks(engine: Engine) -> None:
    assert _blocks(engine, 10) == []
