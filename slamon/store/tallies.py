"""How often something ended how, since the beginning: counted in the transaction in which it ended, so that no count is lost."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from slamon.store.schema import tallies


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something (``name``) ended in one way (``outcome``) on one channel."""

    name: str
    channel: str
    outcome: str
    count: int


def tally(connection: Connection, name: str, channel: str, outcome: str, by: int = 1) -> None:
    """Count it, inside the caller's writing unit."""
    mine = (tallies.c.name == name) & (tallies.c.channel == channel) & (tallies.c.outcome == outcome)
    counted = connection.execute(tallies.update().where(mine).values(count=tallies.c.count + by)).rowcount
    if not counted:
        connection.execute(tallies.insert().values(name=name, channel=channel, outcome=outcome, count=by))


def load_tallies(connection: Connection) -> list[Tally]:
    """Every count, in order of name, channel and outcome."""
    rows = connection.execute(select(tallies).order_by(tallies.c.name, tallies.c.channel, tallies.c.outcome))
    return [Tally(*row) for row in rows]
