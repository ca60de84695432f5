"""Why a verdict that was told has changed: a person by name, the CRM, the definitions, or who works when."""

import pytest

from slamon.core.alerts.corrections import Ruled, Turn, why

ANA = Ruled("ana", "trade fair")


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (Turn(excused=ANA, facts=True), "ana: trade fair"),
        (Turn(accepted=ANA, facts=True), "ana accepted it though it was logged late: trade fair"),
        (Turn(put_on=ANA, version="2026-07-01", terms=True), "ana put version 2026-07-01 on open leads: trade fair"),
        (
            Turn(reworded=ANA, reworded_on="2026-11-22", terms=True, facts=True),
            "the promise's text was corrected on 2026-11-22 by ana: trade fair",
        ),
        (Turn(facts=True), "newer CRM data"),
        (Turn(facts=True, what="deleted"), "deleted"),
        (Turn(facts=True, gone=True), "the CRM has this lead no more"),
        (Turn(facts=True, gone=True, merged=True), "merged with another lead"),
        (Turn(facts=True, merged=True, what="deleted"), "merged with another lead"),
        (Turn(facts=True, terms=True), "newer CRM data; the definitions changed, too"),
        (Turn(terms=True), "the definitions changed"),
        (Turn(), "calendars, people or their absences changed"),
    ],
)
def test_each_correction_names_its_true_cause_and_the_crm_only_where_it_said_something_new(turn: Turn, words: str) -> None:
    assert why(turn) == words
