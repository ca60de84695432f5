"""A folder of sound calendars, stages and routes, to put one more definition into."""

from collections.abc import Callable
from pathlib import Path

import pytest

from slamon.definition_files import DefinitionError, load_definitions

ROOT = Path(__file__).parent.parent.parent
ATTRIBUTES = frozenset({"segment", "source", "intent", "rejection_reason", "value"})
SOUND = """\
sla: hot-lead-follow-up
title: Sales calls hot leads within 4 working hours
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2026-01-01"
start: {stage: mql}
met_by: {activity: call, direction: outbound}
within: 4wh
calendar: office
"""

Findings = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Calendars, funnel and routes of the starter pack; no SLA yet."""
    for name in ("calendars.yaml", "funnel.yaml", "routes.yaml"):
        (tmp_path / name).write_bytes((ROOT / "sla_definitions" / name).read_bytes())
    return tmp_path


@pytest.fixture
def findings_of(folder: Path) -> Findings:
    """What is said of one more file, as lines without the folder's path; an empty list when it loads."""

    def say(content: str | bytes, name: str = "sla.yaml") -> list[str]:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        try:
            load_definitions(folder, default_calendar="office", attributes=ATTRIBUTES)
        except DefinitionError as error:
            return [str(finding).replace(f"{folder}/", "") for finding in error.findings]
        return []

    return say
