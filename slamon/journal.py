"""The journal of the service: one event a line, as JSON, with ids and without secrets or personal data, whoever wrote it."""

import json
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Any, TextIO

from slamon.core.masking import masked, one_line, without_people
from slamon.core.working_time.instants import iso


class Journal:
    """Writes events to a stream (stderr); instants by ``clock``, in microseconds UTC."""

    def __init__(self, clock: Callable[[], int], stream: TextIO | None = None, secrets: Collection[str] = ()) -> None:
        self._clock = clock
        self._stream = stream
        self._secrets = tuple(sorted((secret for secret in secrets if secret), key=len, reverse=True))
        self._lost = 0
        self._lock = threading.Lock()

    def write(self, event: str, **details: object) -> None:
        """One event with its details; where it cannot be written (a full disk) nothing stops, and the next one says how many were lost."""
        with self._lock:
            lost = {"lost": self._lost} if self._lost else {}
            line = json.dumps({"at": iso(self._clock()), "event": event} | self._shown(details) | lost, ensure_ascii=True)
            try:
                print(line, file=self._stream or sys.stderr, flush=True)
            except (OSError, ValueError):
                self._lost += 1
            else:
                self._lost = 0

    def masked(self, text: str) -> str:
        """The text without any secret or mail address."""
        return without_people(masked(text, self._secrets))

    def _shown(self, value: Any) -> Any:
        """The same value with every text in it masked."""
        match value:
            case bool() | int() | float() | None:
                return value
            case Mapping():
                return {self.masked(str(key)): self._shown(each) for key, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._shown(each) for each in value]
            case _:
                return self.masked(str(value))


def describe(error: BaseException) -> dict[str, str]:
    """An error without what it may quote: its class, where it was raised, and its text only where the text is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "slamon" in frame.filename] or frames
    described = {"error": type(error).__name__}
    if ours:
        described["where"] = f"{ours[-1].filename.rpartition('slamon/')[2]}:{ours[-1].lineno}"
    if type(error).__module__.startswith("slamon"):
        described["reason"] = str(error)
    return described


class _Strangers(logging.Handler):
    """What the packages that we use log: who and where, without their words, which may quote anything."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = f"{record.module}:{record.lineno}"
        told = {"where": where} | (describe(error) if error else {})
        self._journal.write("logged", logger=record.name, level=record.levelname.lower(), **told)


def hear_everyone(journal: Journal) -> None:
    """From now on warnings, other packages' logs and errors that end a thread or the program are events of the journal too."""
    logging.root.handlers[:] = [_Strangers(journal)]
    logging.root.setLevel(logging.WARNING)

    def warned(message: object, category: type[Warning], filename: str, lineno: int, file: object = None, line: object = None) -> None:
        del message, file, line
        journal.write("warned", category=category.__name__, where=f"{filename.rpartition('/')[2]}:{lineno}")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind
        journal.write("crashed", **describe(error.with_traceback(trace)))

    def thread_ended(hooked: threading.ExceptHookArgs) -> None:
        if hooked.exc_value is not None:
            journal.write("thread crashed", thread=hooked.thread.name if hooked.thread else "", **describe(hooked.exc_value))

    warnings.showwarning = warned
    sys.excepthook = ended
    threading.excepthook = thread_ended


def told_safely(error: BaseException, secrets: Collection[str] = ()) -> str:
    """A fault of the program for its makers: the whole traceback, without secrets and mail addresses."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(one_line(without_people(masked(line, secrets))) for line in lines)
