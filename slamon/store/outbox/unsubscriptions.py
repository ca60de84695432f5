"""Who wants a report's mails no more: recorded once, told once, and what is still mailed to whom."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from slamon.store.schema import deliveries, unsubscriptions


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """An address that wants a report (daily, weekly or monthly) no more, since an instant (microseconds UTC)."""

    destination: str
    report: str
    at: int


def report_mailed(connection: Connection, delivery: str) -> tuple[str, str] | None:
    """To whom a delivery mailed which report: (address, daily, weekly or monthly); None when it is no report's mail."""
    columns = (deliveries.c.destination, deliveries.c.group_key)
    ours = (deliveries.c.id == delivery) & (deliveries.c.channel == "email") & (deliveries.c.kind == "report")
    row = connection.execute(select(*columns).where(ours)).first()
    if row is None:
        return None
    _, report, _ = row.group_key.split("/", 2)
    return str(row.destination), str(report)


def unsubscribe(connection: Connection, destination: str, report: str, at: int) -> bool:
    """Record it; False, and nothing changes, when it was recorded before."""
    if destination in unsubscribed(connection, report):
        return False
    connection.execute(unsubscriptions.insert().values(destination=destination, report=report, at=at))
    return True


def resubscribe(connection: Connection, destination: str, report: str) -> bool:
    """Take it back, as when the reader asks for the report again; False when there was nothing to take back."""
    mine = (unsubscriptions.c.destination == destination) & (unsubscriptions.c.report == report)
    return connection.execute(unsubscriptions.delete().where(mine)).rowcount == 1


def unsubscribed(connection: Connection, report: str) -> frozenset[str]:
    """The addresses that want a report no more."""
    return frozenset(connection.execute(select(unsubscriptions.c.destination).where(unsubscriptions.c.report == report)).scalars())


def untold(connection: Connection) -> list[Unsubscription]:
    """Those of whom nobody who looks after the report was told yet, the oldest first."""
    columns = (unsubscriptions.c.destination, unsubscriptions.c.report, unsubscriptions.c.at)
    asked = select(*columns).where(unsubscriptions.c.told_at.is_(None)).order_by(unsubscriptions.c.at, unsubscriptions.c.destination)
    return [Unsubscription(*row) for row in connection.execute(asked)]


def told(connection: Connection, each: Unsubscription, at: int) -> None:
    """Those who look after the report were told."""
    mine = (unsubscriptions.c.destination == each.destination) & (unsubscriptions.c.report == each.report)
    connection.execute(unsubscriptions.update().where(mine).values(told_at=at))
