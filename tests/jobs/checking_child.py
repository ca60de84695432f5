"""A check in a process of its own that says when it has reached a step, and waits there to be killed."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slamon.bootstrap import open_shop
from slamon.jobs.check import check, checking


def stop_here(*_: Any) -> None:
    sys.stdout.write("here\n")
    sys.stdout.flush()
    time.sleep(60)


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def stopped(*args: Any, **more: Any) -> Any:
        stop_here()
        return function(*args, **more)

    return stopped


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def stopped(*args: Any, **more: Any) -> Any:
        found = function(*args, **more)
        stop_here()
        return found

    return stopped


def main(folder: str, url: str, step: str, as_of: str) -> None:
    steps = {
        "judged": ("judged_safely", after),
        "recorded": ("record_check", after),
        "attained": ("forget", after),
        "queueing": ("announce", before),
        "queued": ("announce", after),
    }
    name, wrap = steps[step]
    setattr(checking, name, wrap(getattr(checking, name)))
    shop = open_shop(Path(folder), {"SLAMON_DATABASE_URL": url})
    check(shop.engine, shop.definitions, shop.announcements(), int(as_of), int(as_of))


if __name__ == "__main__":
    main(*sys.argv[1:])
