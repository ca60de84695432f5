"""What a Prometheus server scrapes (`/metrics`): read from the store when it asks, labelled by ids only."""

import asyncio
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slamon.core.working_time.instants import SECOND
from slamon.store.database import StoreError, failures_named
from slamon.store.gauges import Gauges, load_gauges
from slamon.web.health import PATIENCE_S, READING
from slamon.web.view import View

TEXT = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[tuple[str, ...], float]


def routes(view: View) -> APIRouter:
    """The one path; a store that cannot be read is a figure like any other (``slamon_database_up 0``)."""
    router = APIRouter()

    @router.api_route("/metrics", methods=READING)
    async def metrics() -> Response:
        try:
            gauges = await asyncio.wait_for(run_in_threadpool(_gauges, view), PATIENCE_S)
        except TimeoutError:
            gauges = None
        registry = CollectorRegistry()
        registry.register(_Measured(view, gauges))
        return Response(generate_latest(registry), media_type=TEXT)

    return router


def _gauges(view: View) -> Gauges | None:
    try:
        with failures_named():
            return load_gauges(view.engine, view.clock())
    except StoreError:
        return None


class _Measured(Collector):
    """The figures of one scrape."""

    def __init__(self, view: View, gauges: Gauges | None) -> None:
        self._view = view
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Every family, those of the store only when it could be read."""
        yield _gauge("slamon_build_info", "Which version runs on what.", ("version", "python", "tzdata"), [(_build(), 1)])
        yield _gauge("slamon_database_up", "1 when the store could be read for this scrape.", (), [((), self._gauges is not None)])
        silent = self._view.silent_s()
        yield _gauge("slamon_ticker_silent_seconds", "How long the ticker has shown no sign of life.", (), [((), round(silent, 3))])
        if self._gauges is not None:
            now = self._view.clock()
            yield from _jobs(self._gauges)
            yield from _cycles(self._gauges)
            yield from _outbox(self._gauges, now)
            yield from _sources(self._gauges, now)


def _jobs(gauges: Gauges) -> Iterator[Metric]:
    beats = gauges.beats
    good = [((job,), beat.succeeded_at / SECOND) for job, beat in beats.items() if beat.succeeded_at is not None]
    yield _gauge("slamon_job_last_good_timestamp_seconds", "When each job last ended well.", ("job",), good)
    ok = [((job,), float(beat.ok)) for job, beat in beats.items()]
    yield _gauge("slamon_job_ok", "1 when the last run of a job ended well.", ("job",), ok)
    took = [((job,), beat.took / SECOND) for job, beat in beats.items() if beat.took is not None]
    yield _gauge("slamon_job_duration_seconds", "How long the last run of a job took.", ("job",), took)


def _cycles(gauges: Gauges) -> Iterator[Metric]:
    if gauges.check is not None:
        judged = [((), gauges.check.as_of / SECOND)]
        yield _gauge("slamon_judged_until_timestamp_seconds", "Up to which instant the last check judged.", (), judged)
    opened = [((sla,), float(count)) for sla, count in gauges.open_cycles.items()]
    yield _gauge("slamon_open_cycles", "Cycles that are open, by SLA.", ("sla",), opened)
    soon = [((sla,), float(count)) for sla, count in gauges.due_soon.items()]
    yield _gauge("slamon_due_next_hour", "Open cycles that are due within the next hour, by SLA.", ("sla",), soon)


def _outbox(gauges: Gauges, now: int) -> Iterator[Metric]:
    labels = ("state", "channel")
    depth = [((each.state, each.channel), float(each.count)) for each in gauges.outbox]
    yield _gauge("slamon_outbox_deliveries", "Messages that are not sent, by state and channel.", labels, depth)
    oldest = [((each.state, each.channel), max(now - each.oldest_at, 0) / SECOND) for each in gauges.outbox]
    yield _gauge("slamon_outbox_oldest_seconds", "Age of the oldest of them.", labels, oldest)
    withheld = [(key, float(count)) for key, count in gauges.withheld.items()]
    yield _gauge(
        "slamon_withheld_notices", "Notices that were not said when they came due, by state and rule.", ("state", "rule"), withheld
    )
    sends = [((each.channel, each.outcome), float(each.count)) for each in gauges.tallies if each.name == "sends"]
    yield _counter("slamon_sends", "Sendings by how they ended.", ("channel", "outcome"), sends)
    others = [((each.name, each.channel, each.outcome), float(each.count)) for each in gauges.tallies if each.name != "sends"]
    yield _counter("slamon_counted", "What else is counted.", ("what", "channel", "outcome"), others)


def _sources(gauges: Gauges, now: int) -> Iterator[Metric]:
    watermark = [((name,), (now - read.synced_at) / SECOND) for name, read in gauges.sources.items()]
    yield _gauge("slamon_source_watermark_age_seconds", "How long ago a source was read in all its tables.", ("source",), watermark)
    held = {each.source for each in gauges.holds}
    holding = [((name,), float(name in held)) for name in {**gauges.sources, **dict.fromkeys(held)}]
    yield _gauge("slamon_source_held", "1 while verdicts wait for a source that cannot be relied on.", ("source",), holding)
    refused = [(key, float(count)) for key, count in gauges.refused.items()]
    yield _gauge("slamon_refused_rows", "Rows that could not be read and were left out.", ("source", "table"), refused)
    yield _gauge("slamon_set_aside", "Leads and SLAs that could not be judged.", (), [((), float(gauges.set_aside))])
    newest = [((name,), (now - read.newest_at) / SECOND) for name, read in gauges.sources.items() if read.newest_at is not None]
    yield _gauge("slamon_source_newest_event_age_seconds", "Age of a source's newest event.", ("source",), newest)


def _gauge(name: str, means: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> Metric:
    family = GaugeMetricFamily(name, means, labels=labels)
    for values, figure in samples:
        family.add_metric(values, figure)
    return family


def _counter(name: str, means: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> Metric:
    family = CounterMetricFamily(name, means, labels=labels)
    for values, figure in samples:
        family.add_metric(values, figure)
    return family


def _build() -> tuple[str, ...]:
    try:
        zones = version("tzdata")
    except PackageNotFoundError:
        zones = "the system's"
    return version("slamon"), platform.python_version(), zones
