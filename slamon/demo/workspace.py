"""The synthetic company's ``slamon.yaml`` and its definitions: the starter pack and the calendars of its four offices."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from slamon.core.working_time.instants import DAY, HOUR, to_datetime
from slamon.core.working_time.zones import offsets_of
from slamon.demo.company import AUTOMATED, DOMAIN, HISTORY, OFFICES, Company
from slamon.workspace_template import starter_pack

TIMEZONE = OFFICES[0].timezone
_SETTINGS = """\
# A synthetic company: every name in these files is invented. Made by `slamon demo`.
company: Northwind Cloud
database: sqlite:///slamon.db
definitions: sla_definitions
timezone: {timezone}
calendar: office
go_live: "{go_live}"        # what was due before is counted, but not alerted

sources:
  crm:
    type: files
    automated_actors: [{automated}]
    tables:
      - name: leads                         # one row a lead: what it did first, and what is known about it
        path: crm/leads.csv
        lead: lead_id
        at: at
        actor: created_by
        attributes: {{name: name, company: company, segment: segment, source: source,
                     intent: intent, region: region, value: value, link: link}}
        events:
          - {{is: {{touch: {{column: touch}}, asset: {{column: asset}}}}}}
      - name: touches
        path: crm/touches.csv
        lead: lead_id
        at: at
        events:
          - {{is: {{touch: {{column: touch}}, asset: {{column: asset}}}}}}
      - name: rejections                    # before the stages: the reason is known when the lead leaves
        path: crm/rejections.csv
        lead: lead_id
        at: at
        actor: by
        attributes: {{rejection_reason: reason}}
        events:
          - {{is: {{attribute: rejection_reason, to: {{column: reason}}}}}}
      - name: stages
        path: crm/stage_history.csv
        lead: lead_id
        at: at
        actor: by
        attributes: {{intent: intent, amount: amount}}
        events:
          - {{is: {{stage: {{column: stage}}}}}}
      - name: owners
        path: crm/owners.csv
        lead: lead_id
        at: at
        actor: by
        owner: owner
        events:
          - {{is: {{owner: assigned}}}}
      - name: activities
        path: crm/activities.csv
        lead: lead_id
        at: at
        recorded_at: recorded_at
        actor: by
        events:
          - is:
              activity: {{column: type}}
              direction: {{column: direction}}
              automated: {{column: automated}}
              seconds: {{column: seconds}}
              outcome: {{column: outcome}}
      - name: lead-changes
        path: crm/lead_changes.csv
        lead: lead_id
        at: at
        events:
          - {{when: {{change: merged}}, is: {{merged: true, into: {{column: into}}}}}}
          - {{when: {{change: deleted}}, is: {{deleted: true}}}}
      - name: people
        path: crm/people.csv
        people: {{id: id, name: name, email: email, team: team, manager: manager, active: active}}
      - name: leave
        path: crm/leave.csv
        away: {{person: person, from: from, to: to}}

slack: {{default_channel: "#sla"}}             # without a token everything is a preview: files to look at

people:
  teams:
{teams}

reports:
  daily:   {{at: "17:30", timezone: {timezone}, to: ["#smarketing"]}}
  weekly:  {{on: monday, at: "08:00", timezone: {timezone}, to: ["#smarketing"]}}
  monthly: {{on: working day 3, at: "08:00", timezone: {timezone}, to: ["ceo@northwind-cloud.example"]}}
"""


def write_settings(folder: Path, company: Company) -> None:
    """``slamon.yaml`` of a company that went live three days ago, or some more if nobody worked since."""
    manager = f"sm-{{:02}}@{DOMAIN}"
    teams = "\n".join(
        f'    "{office.team}": {{manager: {manager.format(number + 1)}, channel: "{office.channel}", calendar: {office.calendar_name}}}'
        for number, office in enumerate(OFFICES)
    )
    text = _SETTINGS.format(timezone=TIMEZONE, go_live=_go_live(company), automated=", ".join(AUTOMATED), teams=teams)
    (folder / "slamon.yaml").write_text(text, encoding="utf-8")


def _go_live(company: Company) -> date:
    """The local date from which alerts are sent: the latest, at least three days ago, since which every office worked half a day."""
    offsets = offsets_of(TIMEZONE, company.end - 30 * DAY, company.end + DAY)
    today = int(offsets.to_wall(np.array([company.end]))[0]) // DAY * DAY
    candidates = today - np.arange(3, 15) * DAY
    since = offsets.from_wall(candidates)
    worked = [days.calendar.elapsed_micros(since, np.full(len(since), company.end)) for days in company.workdays]
    first = int(np.argmax(np.min(worked, axis=0) >= 4 * HOUR))
    return to_datetime(int(candidates[first])).date()


QUOTAS = {
    "monthly-sal.yaml": {"enterprise": 192, "mid-market": 412, "smb": 756},
    "monthly-sql.yaml": {"enterprise": 88, "mid-market": 185, "smb": 357},
}
"""What marketing promises a month of the six months' 20,000 leads; the starter pack's own figures are a smaller company's."""


def write_definitions(folder: Path, end: int, leads: int) -> None:
    """The starter pack with quotas for that many leads and this company's dates, and the calendars of the four offices.

    The agreement begins with the first whole month of the history, its quotas a month later.
    """
    folder.mkdir(parents=True, exist_ok=True)
    start = to_datetime(end - HISTORY)
    months = start.year * 12 + start.month
    for path in sorted(starter_pack().glob("*.yaml")):
        quotas = {group: max(round(target * leads / 20_000), 1) for group, target in QUOTAS.get(path.name, {}).items()}
        text = _in_force(path.read_text(encoding="utf-8"), months + bool(quotas))
        (folder / path.name).write_text(_with_quotas(text, quotas) if quotas else text, encoding="utf-8")
    calendars = "\n".join(_calendar(number) for number in range(len(OFFICES)))
    (folder / "offices.yaml").write_text(f"# The offices' own hours and holidays.\ncalendars:\n{calendars}\n", encoding="utf-8")


def _in_force(text: str, months: int) -> str:
    """A definition that begins on the first day of a month, counted since the year 0 (January is 0)."""
    return re.sub(r'(?m)^effective_from: "[\d-]+"', f'effective_from: "{months // 12:04}-{months % 12 + 1:02}-01"', text)


def _with_quotas(text: str, targets: Mapping[str, int]) -> str:
    """A quota's file with other figures in its title, its target and its targets by segment."""
    total = sum(targets.values())
    by_group = ", ".join(f"{group}: {target}" for group, target in targets.items())
    text = re.sub(r"(?m)^(title: \D*)[\d,]+", rf"\g<1>{total:,}", text, count=1)
    text = re.sub(r"(?m)^target: \d+", f"target: {total}", text, count=1)
    return re.sub(r"(?m)^targets: \{.*\}", f"targets: {{{by_group}}}", text, count=1)


def _calendar(number: int) -> str:
    office = OFFICES[number]
    hours = ", ".join(f'"{block}"' for block in office.hours)
    region = f", subdivision: {office.subdivision}" if office.subdivision else ""
    return (
        f"  {office.calendar_name}:\n    timezone: {office.timezone}\n    hours: {{mon-fri: [{hours}]}}\n"
        f"    holidays: {{country: {office.country}{region}}}"
    )
