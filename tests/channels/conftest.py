"""Real servers on loopback: a Slack workspace, and mail servers of every temper."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slamon.channels import Outgoing, SlackChannel
from slamon.messages import slack_blocks as slack
from slamon.messages.page import Picture
from tests.channels.fake_slack import TOKEN, Workspace, slack_workspace

CREATED = 1_795_000_000_000_000
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)
PICTURE = Picture("pace", "38 of 100 so far", PIXEL, "<svg/>")


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with slack_workspace() as found:
        yield found


@pytest.fixture
def slack_channel(workspace: Workspace) -> SlackChannel:
    return SlackChannel(TOKEN, f"{workspace.address}/api/", "#sla")


def message(text: str = "Past target: Jane Roe", *, picture: bool = False, mode: str = "post") -> dict[str, Any]:
    blocks = [slack.header(text), slack.rich(slack.section([[slack.words("Could someone pick this up, please?")]]))]
    return slack.payload(text, [*blocks, *([slack.image(PICTURE)] if picture else [])], [PICTURE] if picture else [], mode)


@pytest.fixture
def posted() -> Callable[..., Outgoing]:
    def make(number: int = 1, destination: str = "#sales-emea", previous: dict[str, Any] | None = None, **more: Any) -> Outgoing:
        payload = more.get("payload") or message(**more)
        return Outgoing(f"00000000-0000-5000-8000-{number:012d}", "slack", destination, "breach", payload, CREATED, previous)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "preview"
