"""Whether the service stays as small as it was: `slamon run` under ten times the demo's load, its memory once a minute.

    python benchmarks/soak.py [--minutes N] [--load N] [--new N]

The demo's company with ``--load`` times as many leads lives on while the service runs: every minute ``--new`` leads hand-raise,
and half of those of the minute before are answered; the others are missed three minutes later, at any hour. Alerts go to a Slack
that answers on loopback and keeps what it was sent. What is printed is the service's resident memory and its peak, how long its last
check took, what it sent and what waits. Minutes count from the first judgement on. At the end: by how much a minute memory grew over
the last two thirds, and whether anything was said twice. Exit code 1 if it was not flat, not said once, or the CRM was not read for
minutes.
"""

import argparse
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, mean
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from measuring import say
from servers import ROOT, resident_mb, running_service

if TYPE_CHECKING:
    import subprocess

sys.path.insert(0, str(ROOT))

DEMO_LEADS = 20_000
PROMISE = """\
calendars: {{always: {{timezone: UTC, hours: {{mon-sun: ["00:00-24:00"]}}}}}}
---
sla: at-any-hour
title: Sales calls every lead of today within three minutes
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "{today}"
calendar: always
start: {{stage: mql}}
met_by: {{activity: call, direction: outbound}}
within: 3m
alerts: [{{at: breach, to: [holder, team channel]}}]
"""
"""Beside the demo's own: people are told at night and at weekends too."""
FLAT_SHARE = 0.05
"""Flat: the straight line through the last two thirds rises by at most a twentieth of their mean."""
WARM_UP_MINUTES = 20
"""The first sync and the first check are not counted; a service that has not judged by then is not measured."""
LONGEST_UNREAD_S = 180.0
"""A service that reads its CRM more rarely does not bear the load, however flat its memory is."""
LEAST_MINUTES = 6
"""From so few figures nobody can tell."""


class Everybody(dict[str, str]):
    """Whoever is asked for is in this Slack."""

    def __contains__(self, address: object) -> bool:
        return True

    def __missing__(self, address: str) -> str:
        return f"U{abs(hash(address)) % 10**9:09d}"


@dataclass
class Crm:
    """The demo's exports, to which rows are added by replacing the files."""

    folder: Path
    last: list[str]
    count: int = 0

    def minute(self, new: int) -> None:
        """So many new leads, and an answer to half of those of the minute before."""
        from slamon.core.working_time.instants import iso
        from slamon.schedule import wall_clock

        at = f"{iso(wall_clock())[:19]}Z"
        leads = [f"S-{self.count + number:06d}" for number in range(new)]
        owners = [f"rep-{(self.count + number) % 40 + 1:02d}" for number in range(new)]
        self.count += new
        details = "form,pricing,,Soak Test,Example Ltd,smb,paid search,hot,DACH,1200,https://crm.example.com/leads"
        answered = self.last[::2]
        self._add("leads.csv", [f"{lead},{at},{details}/{lead}" for lead in leads])
        self._add("stage_history.csv", [f"{lead},{at},mql,marketing-automation,hot," for lead in leads])
        self._add("owners.csv", [f"{lead},{at},{owner},router" for lead, owner in zip(leads, owners, strict=True)])
        self._add("activities.csv", [f"{lead},{at},{at},call,outbound,rep-01,60,connected,false" for lead in answered])
        self.last = leads

    def _add(self, name: str, rows: list[str]) -> None:
        path = self.folder / "crm" / name
        fresh = path.with_suffix(".new")
        fresh.write_bytes(path.read_bytes() + "".join(f"{row}\n" for row in rows).encode())
        fresh.replace(path)


def company(folder: Path, leads: int, slack: str, port: int) -> None:
    """The workspace, with a Slack on loopback, metrics, syncs and checks each minute, and a promise that is missed at any hour."""
    from slamon.core.working_time.instants import iso
    from slamon.demo import write_company
    from slamon.schedule import wall_clock

    write_company(folder, wall_clock(), leads=leads)
    promise = PROMISE.format(today=iso(wall_clock())[:10])
    (folder / "sla_definitions" / "at-any-hour.yaml").write_text(promise, encoding="utf-8")
    settings = folder / "slamon.yaml"
    text = settings.read_text(encoding="utf-8").replace(
        'slack: {default_channel: "#sla"}', f'slack: {{default_channel: "#sla", api_url: "{slack}/api/"}}'
    )
    settings.write_text(text + f"\nweb: {{port: {port}}}\nschedule: {{sync: 1m, check: 1m}}\n", encoding="utf-8")


def figures(port: int) -> dict[str, float]:
    """What the service says of itself; nothing while it does not answer."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
    except (URLError, OSError):
        return {}
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def has_judged(port: int, child: "subprocess.Popen[bytes]") -> bool:
    """Wait until the first sync and the first check are through; whether they are, in time."""
    began = time.monotonic()
    while time.monotonic() - began < 60 * WARM_UP_MINUTES and child.poll() is None:
        if total(figures(port), "slamon_open_cycles"):
            say(f"first judged after {(time.monotonic() - began) / 60:.1f} minutes, resident and peak MB {resident_mb(child.pid)}")
            return True
        time.sleep(2)
    return False


def last_words(folder: Path) -> str:
    """The last line of the service's journal."""
    lines = (folder / "journal").read_text(encoding="utf-8").splitlines()
    return lines[-1] if lines else "its journal is empty"


def total(found: dict[str, float], beginning: str) -> int:
    """The sum of a figure over all its labels."""
    return int(sum(value for name, value in found.items() if name.startswith(beginning)))


def unread_s(found: dict[str, float]) -> float:
    """How long ago the last sync ended well, by the service's own figures; 0 where it did not answer."""
    from slamon.schedule import wall_clock

    now = wall_clock() / 1e6
    return now - found.get('slamon_job_last_good_timestamp_seconds{job="sync"}', now)


def line_of(minute: float, memory: tuple[float, float], found: dict[str, float], posts: int) -> str:
    """One line of the table."""
    check = found.get('slamon_job_duration_seconds{job="check"}', float("nan"))
    sent, waiting = total(found, "slamon_sends_total"), total(found, "slamon_outbox_deliveries")
    return f"{minute:>6.1f} {memory[0]:>9.1f} {memory[1]:>9.1f} {check:>9.2f} {total(found, 'slamon_open_cycles'):>9,} {sent:>8,} {waiting:>8,} {posts:>8,}"


def rise_of(memory: list[tuple[float, float]]) -> tuple[float, float]:
    """By how many MB a minute the straight line through the last two thirds rises, and their mean; ``memory`` is (minute, MB)."""
    minutes, resident = zip(*memory[len(memory) // 3 :], strict=True)
    return linear_regression(minutes, resident).slope, mean(resident)


def flatness(memory: list[tuple[float, float]]) -> tuple[bool, str]:
    """Whether memory stayed as it was, and that in words."""
    if len(memory) < LEAST_MINUTES:
        return False, f"fewer than {LEAST_MINUTES} figures: nobody can tell whether memory is flat"
    slope, level = rise_of(memory)
    span = memory[-1][0] - memory[len(memory) // 3][0]
    flat = slope * span <= FLAT_SHARE * level
    return flat, f"memory is {'flat' if flat else 'NOT flat'}: {slope:+.2f} MB a minute over the last {span:.0f} minutes, of {level:.0f} MB"


def said_twice(messages: list[dict[str, Any]]) -> int:
    """How many deliveries Slack shows more than once."""
    marks = Counter(each["metadata"]["event_payload"]["delivery_id"] for each in messages if each.get("metadata"))
    return sum(count > 1 for count in marks.values())


def soak(folder: Path, minutes: float, load: int, new: int) -> bool:
    """Print the table; whether memory was flat and nothing was said twice."""
    from tests.channels.fake_slack import TOKEN, slack_workspace

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    memory: list[tuple[float, float]] = []
    unread: list[float] = []
    with slack_workspace() as slack:
        slack.people = Everybody()
        slack.page_size = 200
        company(folder, DEMO_LEADS * load, slack.address, port)
        for name in ("#smarketing", "#sales-dach", "#sales-uki", "#sales-us-east", "#sales-us-west"):
            slack.channels.setdefault(name, f"C0{abs(hash(name)) % 10**8:08d}")
        crm, died = Crm(folder, []), False
        with running_service(folder, {"SLAMON_SLACK_BOT_TOKEN": TOKEN}) as child:
            if not has_judged(port, child):
                say(f"NOTHING was judged within {WARM_UP_MINUTES} minutes, so that memory tells nothing: {last_words(folder)}")
                return False
            began = time.monotonic()
            while (passed := time.monotonic() - began) < 60 * minutes:
                crm.minute(new)
                time.sleep(min(60.0, max(60 * minutes - passed, 0.1)))
                if died := child.poll() is not None:
                    break
                minute, resident = (time.monotonic() - began) / 60, resident_mb(child.pid)
                memory.append((minute, resident[0]))
                found = figures(port)
                unread.append(unread_s(found))
                say(line_of(minute, resident, found, slack.asked("chat.postMessage")))
        twice = said_twice(slack.messages)
    flat, told = flatness(memory)
    late = max(unread, default=0.0) > LONGEST_UNREAD_S
    say(f"{told}; said twice: {twice}{'; the service DIED' if died else ''}")
    say(f"the CRM was read at least every {max(unread, default=0.0):.0f} s{': NOT often enough' if late else ''}")
    return flat and not twice and not died and not late


def main() -> None:
    """Run it in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--load", type=int, default=10, choices=range(1, 11), metavar="1..10", help="the demo's leads, so many times")
    parser.add_argument("--new", type=int, default=60, help="new leads a minute")
    arguments = parser.parse_args()
    say(f"{'minute':>6} {'RSS, MB':>9} {'peak, MB':>9} {'check, s':>9} {'open':>9} {'sendings':>8} {'waiting':>8} {'posts':>8}")
    with tempfile.TemporaryDirectory(prefix="slamon-soak-") as folder:
        sys.exit(0 if soak(Path(folder), arguments.minutes, arguments.load, arguments.new) else 1)


if __name__ == "__main__":
    main()
