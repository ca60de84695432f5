"""How a message called its leads and who held them, kept beside what is shown: news of them later call them the same."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from slamon.core.alerts import Notice
from slamon.messages.escaping import shown

CALLED = "called"
"""What a payload says beside what Slack shows: by cycle, each lead's name and company, and its holder's name."""


def short(cycle_id: str) -> str:
    """A cycle's id as a few letters that any file may hold."""
    return sha256(json.dumps(cycle_id).encode()).hexdigest()[:16]


def called(notices: Iterable[Notice]) -> dict[str, Any]:
    """The part of a payload that keeps how its leads are called."""
    leads = (notice for notice in notices if notice.lead)
    return {CALLED: {short(each.cycle_id): [shown(name, 40) for name in _names(each)] for each in leads}}


def _names(notice: Notice) -> tuple[str, str, str]:
    return notice.lead_name, notice.company, notice.holder_name or notice.holder


def as_called(notice: Notice, payload: Mapping[str, Any]) -> Notice:
    """News with the names that a message used, where the CRM has none any more (a lead that was deleted)."""
    name, company, holder = payload.get(CALLED, {}).get(short(notice.cycle_id), ("", "", ""))
    if notice.lead_name or notice.company:
        return notice
    return replace(notice, lead_name=name, company=company, holder_name=notice.holder_name or ("" if notice.holder else holder))
