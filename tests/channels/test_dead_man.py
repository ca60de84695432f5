"""The dead man's signal: one call to the written address and no other; whatever goes wrong, its address is not shown."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine

from slamon.channels.dead_man import SignalError, signal
from slamon.core.working_time.instants import MINUTE
from slamon.jobs.signalling import signal_when_well
from slamon.store.database import writing
from slamon.store.heartbeats import beat

NOW = 1_795_000_000_000_000
JOBS = {"check": MINUTE, "deliver": MINUTE // 12}


@contextmanager
def watcher(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/ping/planted-key", calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def beats(engine: Engine, **jobs: bool) -> None:
    with writing(engine) as connection:
        for name, ok in jobs.items():
            beat(connection, name, NOW, ok=ok)


def test_the_address_is_called_after_a_good_cycle(engine: Engine) -> None:
    beats(engine, check=True, deliver=True)
    with watcher() as (url, calls):
        assert signal_when_well(engine, url, JOBS, NOW) == "called"
    assert calls == ["/ping/planted-key"]


def test_it_is_not_called_while_a_job_fails_hangs_or_never_ended(engine: Engine) -> None:
    with watcher() as (url, calls):
        assert signal_when_well(engine, url, JOBS, NOW) == "not called: check has not ended yet"
        beats(engine, check=False, deliver=True)
        assert signal_when_well(engine, url, JOBS, NOW) == "not called: check fails"
        beats(engine, check=True)
        assert signal_when_well(engine, url, JOBS, NOW + 5 * MINUTE) == "not called: check has not ended for long"
    assert calls == []


@pytest.mark.faults
@pytest.mark.parametrize("status", [302, 404, 500])
def test_f50_an_address_that_answers_badly_is_an_error_without_the_address(status: int) -> None:
    with watcher(status) as (url, calls), pytest.raises(SignalError) as raised:
        signal(url)
    assert len(calls) == 1
    assert "planted-key" not in str(raised.value)


@pytest.mark.faults
def test_f50_an_address_that_is_not_there_is_an_error_without_the_address() -> None:
    with pytest.raises(SignalError, match=r"127\.0\.0\.1 was not reached") as raised:
        signal("http://127.0.0.1:9/planted-key")
    assert "planted-key" not in str(raised.value)
