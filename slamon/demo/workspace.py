"""The synthetic company's ``slamon.yaml`` and its definitions: the starter pack and the calendars of its four offices."""

import shutil
from pathlib import Path

import numpy as np

from slamon.core.instants import DAY, to_datetime
from slamon.core.zones import offsets_of
from slamon.demo.company import AUTOMATED, DOMAIN, OFFICES

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


def write_settings(folder: Path, end: int) -> None:
    """``slamon.yaml`` of a company that went live three days before ``end`` (instant)."""
    wall = int(offsets_of(TIMEZONE, end - 10 * DAY, end + DAY).to_wall(np.array([end]))[0])
    manager = f"sm-{{:02}}@{DOMAIN}"
    teams = "\n".join(
        f'    "{office.team}": {{manager: {manager.format(number + 1)}, channel: "{office.channel}", calendar: {office.calendar_name}}}'
        for number, office in enumerate(OFFICES)
    )
    text = _SETTINGS.format(timezone=TIMEZONE, go_live=to_datetime(wall - 3 * DAY).date(), automated=", ".join(AUTOMATED), teams=teams)
    (folder / "slamon.yaml").write_text(text, encoding="utf-8")


def write_definitions(folder: Path) -> None:
    """The starter pack as it ships, and the calendars of the four offices."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(_starter_pack().glob("*.yaml")):
        shutil.copyfile(path, folder / path.name)
    calendars = "\n".join(_calendar(number) for number in range(len(OFFICES)))
    (folder / "offices.yaml").write_text(f"# The offices' own hours and holidays.\ncalendars:\n{calendars}\n", encoding="utf-8")


def _calendar(number: int) -> str:
    office = OFFICES[number]
    hours = ", ".join(f'"{block}"' for block in office.hours)
    region = f", subdivision: {office.subdivision}" if office.subdivision else ""
    return (
        f"  {office.calendar_name}:\n    timezone: {office.timezone}\n    hours: {{mon-fri: [{hours}]}}\n"
        f"    holidays: {{country: {office.country}{region}}}"
    )


def _starter_pack() -> Path:
    """Where the starter pack is: in the installed package, else in the repository."""
    installed = Path(__file__).parents[1] / "starter_pack"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "sla_definitions"
