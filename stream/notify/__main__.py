"""The notifier: `python -m stream.notify`, until SIGTERM or SIGINT."""

import os
from contextlib import ExitStack
from functools import cache, partial
from threading import Event, Thread

from lineshaft import logs, sealing
from lineshaft.clock import system_clock
from lineshaft.stopping import when_told
from lineshaft.store.database import connect
from stream.notify import CHANNELS, Means, router
from stream.notify.contacts import Book
from stream.notify.mail import Server
from stream.notify.router import Router
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
    means = Means(
        settings,
        Book(dial, cache(partial(sealing.find, os.environ))),
        os.environ.get("LINESHAFT_PUBLIC_URL", "").strip(),
        Server.from_environment(os.environ),
    )
    with ExitStack() as stack:
        channels = [stack.enter_context(make(means)) for make in CHANNELS.values()]
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
        routing = Thread(
            target=router.run, args=(lambda: Router(system_clock), dial, stop), name="router", daemon=True
        )
        routing.start()
        run(worker, dial, stop)
        routing.join(10)


if __name__ == "__main__":
    main()
