"""The notifier: `python -m stream.notify`, until SIGTERM or SIGINT."""

import os
from contextlib import ExitStack
from functools import partial
from threading import Event

from lineshaft import logs
from lineshaft.clock import system_clock
from lineshaft.stopping import when_told
from lineshaft.store.database import connect
from stream.notify import CHANNELS
from stream.notify.worker import Worker, run
from stream.pulse import Pulse
from stream.settings import StreamSettings


def main() -> None:
    """Run as a process."""
    settings = StreamSettings.from_environment(os.environ)
    logs.configure("notify", settings.log_level)
    stop = Event()
    when_told(stop.set)
    dial = partial(
        connect,
        settings.database_url,
        role=settings.database_role,
        schema=settings.database_schema,
        application="lineshaft notify",
    )
    with ExitStack() as stack:
        channels = [stack.enter_context(make(settings)) for make in CHANNELS.values()]
        worker = Worker(channels, system_clock)
        stack.enter_context(
            Pulse(
                "notify",
                connect=dial,
                clock=system_clock,
                metrics_port=settings.metrics_port,
                detail=lambda: {channel.name: channel.is_ready for channel in channels},
            )
        )
        run(worker, dial, stop)


if __name__ == "__main__":
    main()
