"""Runs one source in a thread of its own, for as long as the agent runs."""

import threading
from dataclasses import replace

import structlog

from edge.inbox import Inbox, Put
from edge.sources.base import Handed, Source, SourceConfig, Start
from edge.steps import STEPS
from lineshaft.broker.backoff import Backoff

log = structlog.get_logger()


class Feed:
    """A source that is read until it has no more; opened again, where it left off, when it fails."""

    def __init__(self, config: SourceConfig, start: Start, inbox: Inbox, stop: threading.Event) -> None:
        self._config = config
        self._start = start
        self._inbox = inbox
        self._stop = stop
        self._source: Source | None = None
        self._failure = ""
        self._refused = 0
        self._is_done = False
        self._thread = threading.Thread(target=self._run, name=f"source-{config.id}", daemon=True)

    def open(self) -> None:
        """Open the source; if it fails it is tried again while it runs."""
        try:
            self._source = self._config.open(self._start)
        except OSError as error:
            self._fail(error)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def join(self, within_s: float) -> bool:
        """Wait for its end; False if it goes on."""
        self._thread.join(within_s)
        return not self._thread.is_alive()

    @property
    def status(self) -> str:
        """`ok`, `done`, or what is wrong."""
        if self._failure:
            return self._failure
        fault = self._source.fault() if self._source else ""
        if self._refused:
            fault = f"{fault}; {self._refused} messages cannot be sent".removeprefix("; ")
        return fault or ("done" if self._is_done else "ok")

    def _run(self) -> None:
        backoff = Backoff(base_s=1, cap_s=60)
        while not self._stop.is_set():
            try:
                if self._source is None:
                    self._source = self._config.open(self._start)
                for handed in self._source.read(self._stop):
                    self._failure = ""
                    if not self._hand_on(handed):
                        return
            except OSError as error:
                self._fail(error)
            except Exception as error:
                log.exception("source_failed", source=self._config.id)
                self._fail(error)
            else:
                self._is_done = True
                return
            self._source = None
            self._stop.wait(backoff.next_s())

    def _hand_on(self, handed: Handed) -> bool:
        """Pass the steps, then queue what is left; False if told to stop."""
        frames = []
        for frame in handed.frames:
            fault = next(filter(None, (step(frame) for step in STEPS)), "")
            if fault:
                self._refused += 1
                log.warning("frame_refused", source=self._config.id, device=frame.device[:64], why=fault)
            else:
                frames.append(frame)
        if handed.position:
            self._start = replace(self._start, position=handed.position)
        return self._inbox.put(Put(self._config.id, frames, handed.position, handed.on_kept), self._stop)

    def _fail(self, error: Exception) -> None:
        self._failure = f"{type(error).__name__}: {error}"[:200]
        log.warning("source_unavailable", source=self._config.id, why=self._failure)
