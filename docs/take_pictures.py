# ruff: noqa: INP001 - a script, no package
"""Photographs previews for the documents: ``python docs/take_pictures.py PREVIEW_FOLDER [PICTURES_FOLDER]``.

A developer's tool for a release. Make the previews first (``slamon demo --to FOLDER`` writes the reports' into
FOLDER/preview, ``python docs/picture_story.py FOLDER/preview`` the alerts'), then run this on a machine with Chromium; it
opens only the files and reaches no network.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
)
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its file name, the size of its window, and which preview it shows."""

    name: str
    width: int
    height: int
    shows: Callable[[dict[str, Any]], bool]


def _mail(begins: str) -> Callable[[dict[str, Any]], bool]:
    return lambda record: record["channel"] == "email" and begins in record["payload"].get("subject", "")


def _told(kind: str, about: str, later: str = "") -> Callable[[dict[str, Any]], bool]:
    """A message of that kind about somebody, ``later`` what its thread says in the end, if anything."""
    return lambda record: (
        (record["channel"], record["kind"]) == ("slack", kind)
        and about in record["payload"]["text"]
        and later in json.dumps(record.get("thread", ""), ensure_ascii=False)
    )


SHOTS = (
    Shot("alert.png", 720, 310, _told("breach", "Jane Roe")),
    Shot("answered-late.png", 720, 505, _told("breach", "Tomás Vidal", "Answered late")),
    Shot("corrected.png", 720, 500, _told("breach", "Ingrid Holm", "Corrected")),
    Shot("flood.png", 720, 820, _told("breach", "Past target: 10 leads", "settled")),
    Shot("dead-letter.png", 720, 300, _told("operator", "could not be delivered")),
    Shot("scorecard.png", 640, 1180, _mail("SLA Week")),
    Shot("daily.png", 640, 720, _mail("SLA 2")),
    Shot("monthly-phone.png", 400, 1500, _mail(" SLA: ")),
)


def newest_first(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every preview's page and record."""
    for path in sorted(folder.glob("*T*-*.json"), reverse=True):
        yield path.with_suffix(".html"), json.loads(path.read_text(encoding="utf-8"))


def photograph(browser: str, page: Path, picture: Path, shot: Shot) -> None:
    """One page into one PNG, with a browser profile that is thrown away."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *QUIET, f"--user-data-dir={profile}", f"--window-size={shot.width},{shot.height}", f"--screenshot={picture}"]
        subprocess.run([*command, page.resolve().as_uri()], check=True, timeout=TIMEOUT_S, capture_output=True)  # noqa: S603 - our own pages


def main() -> int:
    """Take every picture that the folder has a preview for; 1 when one is missing, 2 when nothing can be done."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if len(sys.argv) < 2 or browser is None:  # noqa: PLR2004 - the program and its folder
        sys.stderr.write(f"{__doc__}\nThis takes the folder of previews, and one of {', '.join(BROWSERS)} on the PATH.\n")
        return 2
    folder, pictures = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/pictures")  # noqa: PLR2004
    pictures.mkdir(parents=True, exist_ok=True)
    missing = []
    for shot in SHOTS:
        page = next((page for page, record in newest_first(folder) if shot.shows(record)), None)
        if page is None:
            missing.append(shot.name)
        else:
            photograph(browser, page, pictures / shot.name, shot)
    if missing:
        sys.stderr.write(f"No preview in {folder} for {', '.join(missing)}.\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
