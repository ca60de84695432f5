# ruff: noqa: INP001 - a script, no package
"""Plays one day of alerts for the pictures of the documents: ``python docs/picture_story.py FOLDER``.

A made-up company's CRM is written as CSV, then slamon syncs, checks and delivers at that day's instants, into previews: an
alert, its thread once it is answered late, another one that is corrected, a flood, and what the operator hears of a mail
that could not be delivered. ``docs/take_pictures.py`` photographs them.
"""

import csv
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from slamon.bootstrap import Shop, open_shop
from slamon.channels import DeliveryError, Failure, Outgoing, PreviewChannel
from slamon.core.working_time.instants import MINUTE, to_micros
from slamon.jobs.check import check
from slamon.jobs.deliver import deliver
from slamon.jobs.sync import sync
from slamon.jobs.troubles import Operators, tell_operator

ZONE = ZoneInfo("Europe/Berlin")
SETTINGS = """\
definitions: sla_definitions
calendar: office
timezone: Europe/Berlin
go_live: "2026-11-16"
slack: {default_channel: "#sla"}
people:
  teams: {dach: {manager: ines@northwind.example, channel: "#sales-dach"}}
sources:
  crm:
    type: files
    tables:
      - {name: people, path: people.csv, people: {id: id, name: name, email: email, team: team}}
      - name: events
        path: events.csv
        lead: lead
        id: id
        at: {column: at, timezone: Europe/Berlin}
        recorded_at: {column: logged, timezone: Europe/Berlin}
        owner: owner
        actor: actor
        attributes: {name: name, company: company, value: value, intent: intent, link: link}
        events:
          - {when: {what: demo_request}, is: {touch: demo_request, asset: {column: asset}}}
          - {when: {what: pricing_page}, is: {touch: pricing_page, asset: {column: asset}}}
          - {when: {what: webinar}, is: {touch: webinar, asset: {column: asset}}}
          - {when: {what: mql}, is: {stage: mql}}
          - {when: {what: owner}, is: {owner: assigned}}
          - {when: {what: call}, is: {activity: call, direction: outbound}}
"""
DEFINITIONS = """\
calendars: {office: {timezone: Europe/Berlin, hours: {mon-fri: ["09:00-17:30"]}}}
stages: [{stage: mql, owned_by: marketing, means: Fits our market and asked for a demo.}]
---
sla: first-touch-demo
title: Sales calls every demo request within 1 working hour
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2026-01-01"
start: {stage: mql}
met_by: {activity: call, direction: outbound}
within: 1wh
alerts:
  - {at: breach, to: team channel}
  - {at: breach + 1wh, to: [manager, head-of-sales@northwind.example]}
"""
REPS = {"ana": "Ana Costa", "leo": "Leo Marin", "mei": "Mei Tanaka", "omar": "Omar Haddad"}
COLUMNS = ("id", "lead", "at", "logged", "what", "owner", "actor", "asset", "name", "company", "value", "intent", "link")
PEOPLE = (
    ("Jane Roe", "Acme Robotics", 24000), ("Tomás Vidal", "Brightwater Foods", 18000), ("Ingrid Holm", "Fjord Analytics", 42000),
    ("Kofi Mensah", "Volta Motors", 9500), ("Sara Lind", "Nordlicht Media", 12500), ("Pavel Novák", "Ostrava Steel", 31000),
    ("Grace Kim", "Hanok Hotels", 7800), ("Luca Ferri", "Milano Tessuti", 15400), ("Zoë Baker", "Baker & Sons", 5200),
    ("Amir Rahimi", "Cedar Health", 26700), ("Julia Weiß", "Weiß Optik", 8900), ("Ben Carter", "Harbour Freight Lines", 19900),
    ("Nadia Petrova", "Volga Paper", 11200), ("Hugo Martin", "Atelier Martin", 6400),
)  # fmt: skip


def at(clock: str) -> datetime:
    """A time of that Monday."""
    return datetime.fromisoformat(f"2026-11-16T{clock}").replace(tzinfo=ZONE)


class NoSuchMailbox:
    """A mail server that knows nobody."""

    def send(self, outgoing: Outgoing) -> dict[str, Any]:  # noqa: ARG002 - whoever it is for
        """Refuse."""
        raise DeliveryError(Failure.PERMANENT, "the mail server refused: 550 5.1.1 no such user here")


@dataclass
class Day:
    """The company's day: its workspace, and what its CRM holds so far."""

    folder: Path
    previews: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the workspace."""
        (self.folder / "sla_definitions").mkdir(parents=True)
        (self.folder / "slamon.yaml").write_text(SETTINGS, encoding="utf-8")
        (self.folder / "sla_definitions" / "promises.yaml").write_text(DEFINITIONS, encoding="utf-8")
        people = [("id", "name", "email", "team"), *((rep, name, f"{rep}@northwind.example", "dach") for rep, name in REPS.items())]
        with (self.folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(people)

    def happens(self, number: int, when: datetime, what: str, logged: datetime | None = None, **more: Any) -> None:
        """One event of a lead; ``logged`` is when the CRM heard of it."""
        name, company, value = PEOPLE[number]
        link = f"https://crm.northwind.example/leads/00Q{number + 1}"
        about = {"name": name, "company": company, "value": value, "intent": "hot", "link": link}
        instants = {"at": f"{when:%Y-%m-%d %H:%M:%S}", "logged": f"{logged or when:%Y-%m-%d %H:%M:%S}"}
        self.rows.append({"id": len(self.rows) + 1, "lead": f"00Q{number + 1}", "what": what} | instants | about | more)

    def comes_in(self, number: int, clock: str, rep: str, *, routed_after: int = 2) -> None:
        """A lead that saw a webinar and the prices, asked for a demo, and is somebody's some minutes later."""
        asked = at(clock)
        self.happens(number, asked - timedelta(days=4, hours=3), "webinar", asset="Smarketing in 30 minutes")
        self.happens(number, asked - timedelta(hours=15), "pricing_page", asset="Pricing page")
        self.happens(number, asked - timedelta(minutes=1), "demo_request", asset="Book a demo")
        self.happens(number, asked, "mql")
        self.happens(number, asked + timedelta(minutes=routed_after), "owner", owner=rep)

    def until(self, clock: str) -> None:
        """Sync, check and deliver at a time of that day."""
        now = to_micros(at(clock))
        with (self.folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(each for each in self.rows if each["logged"] <= f"{at(clock):%Y-%m-%d %H:%M:%S}")
        shop = self.shop()
        sync(shop.engine, shop.workspace, source=None, full=True, clock=lambda: now)
        check(shop.engine, shop.definitions, shop.announcements(), now, now)
        self.delivers(shop, now)

    def shop(self) -> Shop:
        """The workspace, opened."""
        return open_shop(self.folder, {})

    def delivers(self, shop: Shop, now: int) -> None:
        """Write what is due into the previews; mail is refused."""
        channels = {"slack": PreviewChannel(self.previews), "email": NoSuchMailbox()}
        deliver(shop.engine, channels, lambda: now, owner="pictures")


def main() -> int:
    """Play the day; 2 when no folder is named."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its folder
        sys.stderr.write(f"{__doc__}\n")
        return 2
    previews = Path(sys.argv[1])
    day = Day(previews / "story", previews)
    day.comes_in(0, "09:00:00", "ana", routed_after=41)
    day.until("10:12:00")  # the alert
    day.comes_in(1, "10:20:00", "leo")
    day.until("11:21:00")
    day.happens(1, at("11:30:00"), "call", actor="leo")
    day.until("11:32:00")  # answered late
    day.comes_in(2, "10:40:00", "mei")
    day.until("11:41:00")
    day.happens(2, at("11:10:00"), "call", logged=at("11:50:00"), actor="mei")
    for clock in ("11:52:00", "11:54:00"):  # corrected, once it has stood for a minute
        day.until(clock)
    for number in range(3, 14):
        day.comes_in(number, f"13:0{number % 4}:{number * 2:02d}", list(REPS)[number % 4], routed_after=number)
    for clock in ("14:00:10", "14:04:00"):  # the first at once, the others together
        day.until(clock)
    day.happens(5, at("14:11:00"), "call", actor="leo")
    day.happens(9, at("14:12:00"), "call", actor="leo")
    for clock in ("14:13:00", "14:15:00", "15:06:00"):
        day.until(clock)
    shop = day.shop()
    for minutes in (0, 1, 16, 31):
        day.delivers(shop, to_micros(at("15:06:00")) + minutes * MINUTE)
    now = to_micros(at("15:38:00"))
    tell_operator(shop.engine, Operators(("#slamon-ops",), frozenset({"slack"}), "Europe/Berlin"), now)
    day.delivers(shop, now)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
