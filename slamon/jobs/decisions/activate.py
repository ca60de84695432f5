"""Activations: see what a version would change on open cycles, and record that it is put on them."""

from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.verdicts.activation import Activation
from slamon.core.verdicts.activation_preview import ActivationPreview, activation_preview
from slamon.jobs.check import known_facts
from slamon.store.database import reading, writing
from slamon.store.verdicts import StandingActivationError, activate, load_rulings

__all__ = ["StandingActivationError", "preview", "record", "standing"]


def preview(engine: Engine, definitions: DefinitionSet, sla: str, version: str, as_of: int) -> ActivationPreview:
    """What putting a version on open cycles would change, by all that was known at an instant; records nothing."""
    facts, rulings = known_facts(engine, definitions, as_of)
    return activation_preview(definitions, facts, rulings, sla, version)


def standing(engine: Engine, sla: str, version: str, as_of: int) -> Activation | None:
    """Who had put a version on open cycles by an instant (microseconds UTC), when and why; None if nobody had."""
    with reading(engine) as connection:
        activated = load_rulings(connection, as_of).activated
    return next((each for each in activated if (each.sla, each.version) == (sla, version)), None)


def record(engine: Engine, activation: Activation, *, open_cycles: bool) -> None:
    """Record an activation, who, when and why; with ``open_cycles`` every check from then on judges open cycles by the version.

    ``StandingActivationError`` when it does already.
    """
    with writing(engine) as connection:
        activate(connection, activation, open_cycles=open_cycles)
