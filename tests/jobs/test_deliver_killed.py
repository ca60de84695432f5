"""A delivering process may be killed at any moment: after a restart everything has arrived, once, and in order."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from slamon.store.database import reading, writing
from slamon.store.outbox import Draft, Member, depth, queue

CHILD = Path(__file__).with_name("delivering_child.py")
ROOT = Path(__file__).parents[2]
KILLS = 12
DESTINATIONS = 6
MESSAGES = 8


def fill(engine: Engine) -> None:
    drafts = [
        Draft(
            "slack",
            f"#c{place}",
            "breach",
            number,
            f"{place}",
            {"text": f"{place} {number}"},
            number,
            number,
            (Member(f"{place}", "breach", number),),
        )
        for place in range(DESTINATIONS)
        for number in range(MESSAGES)
    ]
    with writing(engine) as connection:
        queue(connection, drafts)


def start(url: str, wire: Path, seed: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(CHILD), url, str(wire), str(seed)], cwd=ROOT)


@pytest.mark.faults
def test_killed_at_random_moments_nothing_is_lost_nothing_doubled_and_the_order_is_kept(engine: Engine, tmp_path: Path) -> None:
    fill(engine)
    url, wire, seed = engine.url.render_as_string(hide_password=False), tmp_path / "wire", 20_260
    chance = random.Random(seed)
    for kill in range(KILLS):
        child = start(url, wire, seed + kill)
        arrived = wire.stat().st_size if wire.exists() else 0
        give_up = time.monotonic() + 20
        while (wire.stat().st_size if wire.exists() else 0) == arrived and time.monotonic() < give_up and child.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.1)
        assert child.poll() is None, "the child ended by itself"
        child.kill()
        child.wait(timeout=10)
        if _depth(engine).get("sent") == DESTINATIONS * MESSAGES:
            break
    child = start(url, wire, seed)
    give_up = time.monotonic() + 60
    while _depth(engine) != {"sent": DESTINATIONS * MESSAGES} and time.monotonic() < give_up:
        time.sleep(0.1)
    child.kill()
    child.wait(timeout=10)
    lines = [line.rsplit(" ", 1)[0] for line in wire.read_text(encoding="utf-8").splitlines()]
    for place in range(DESTINATIONS):
        assert [line for line in lines if line.startswith(f"{place} ")] == [f"{place} {number}" for number in range(MESSAGES)], (
            f"seed {seed}"
        )


def _depth(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return depth(connection)
