"""Whether the process lives (`/healthz`), and whether it does its work (`/readyz`); both say what is not well."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.database import StoreError, failures_named, reading
from slamon.store.heartbeats import Heartbeat, load_heartbeats
from slamon.store.migrate import is_current
from slamon.web.parts import WELL, Look, delivery, sources
from slamon.web.view import View

SILENT_AT_MOST_S = 90.0
"""A ticker that died is replaced after a minute; one that is silent for longer is not."""
INTERVALS = 3
TICK_AT_MOST = 2 * MINUTE
PATIENCE_S = 5.0
READING = ["GET", "HEAD"]


def routes(view: View) -> APIRouter:
    """The two paths, for whoever watches over the process."""
    router = APIRouter()

    @router.api_route("/healthz", methods=READING)
    async def healthz() -> JSONResponse:
        """Answers without the database, so that a database that is away does not get the process killed."""
        silent = view.silent_s()
        told = {"alive": silent <= SILENT_AT_MOST_S, "ticker_silent_s": round(silent, 1), "held_sources": sorted(view.held())}
        return JSONResponse(told, 200 if told["alive"] else 503)

    @router.api_route("/readyz", methods=READING)
    async def readyz() -> JSONResponse:
        try:
            looks = await asyncio.wait_for(run_in_threadpool(looked, view), PATIENCE_S)
        except TimeoutError:
            looks = [Look("database", ok=False, words=f"did not answer within {PATIENCE_S:.0f} s")]
        ready = all(look.ok for look in looks)
        state = "failing" if not ready else next((look.state for look in looks if look.state != WELL), WELL)
        told: dict[str, Any] = {"ready": ready, "state": state} | {look.name: look.words for look in looks}
        return JSONResponse(told, 200 if ready else 503)

    return router


def looked(view: View) -> list[Look]:
    """Everything that has to be well for the service to do its work."""
    found = [_loop(view), _definitions(view)]
    try:
        with failures_named():
            if not is_current(view.engine):
                return [*found, Look("database", ok=False, words="its tables are missing or older; run slamon db upgrade")]
            beats = load_heartbeats(view.engine)
            with reading(view.engine) as connection:
                told = [sources(connection, view.sources()), delivery(connection, view.clock())]
    except StoreError as error:
        return [*found, Look("database", ok=False, words=f"cannot be read ({type(error).__name__})")]
    return [*found, Look("database", ok=True), *_ticks(beats, view), *told]


def _loop(view: View) -> Look:
    silent = view.silent_s()
    well = silent <= SILENT_AT_MOST_S
    return Look("ticker", well, WELL if well else f"silent for {silent:.0f} s")


def _definitions(view: View) -> Look:
    """What is in force is whole and goes on, so that a change that is not used is said, and does not take the service away."""
    return Look("definitions", ok=True, words=view.definitions() or WELL)


def _ticks(beats: Mapping[str, Heartbeat], view: View) -> Iterator[Look]:
    """The loop's own heartbeat, which shows that the store can be written, and the last good run of each job."""
    now = view.clock()
    yield _tick("heartbeat", beats.get("tick"), TICK_AT_MOST, now)
    for job, interval in view.intervals().items():
        yield _tick(job, beats.get(job), INTERVALS * interval, now)


def _tick(name: str, beat: Heartbeat | None, at_most: int, now: int) -> Look:
    if beat is None or beat.succeeded_at is None:
        return Look(name, ok=False, words="has not gone well yet")
    age = now - beat.succeeded_at
    if age <= at_most:
        return Look(name, ok=True)
    return Look(name, ok=False, words=f"went well {age // SECOND} s ago, which is more than {at_most // SECOND} s")
