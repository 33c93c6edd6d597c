"""What the web process shows of the whole system on `/metrics`: the books, and who is behind.

These are totals of the database, the same whichever process counted them and however often it began anew; so
they are not counted here, but shown as they were read last.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lineshaft.store.accounting import Books
from lineshaft.store.letters import Letters
from lineshaft.store.system import Lags


@dataclass(slots=True, frozen=True)
class _Seen:
    books: Books
    lags: Lags
    letters: Letters


class Figures(Collector):
    """The last figures that were read; none while the database is away: unknown is not zero."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None

    def show(self, books: Books, lags: Lags, letters: Letters) -> None:
        """Show these from now on."""
        self._seen = _Seen(books, lags, letters)

    def forget(self) -> None:
        """Show nothing."""
        self._seen = None

    def describe(self) -> list[Metric]:
        """Nothing is known before the first look."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        if self._seen is not None:
            yield from _books(self._seen.books)
            yield from _lags(self._seen.lags)
            yield from _letters(self._seen.letters)


FIGURES = Figures()
REGISTRY.register(FIGURES)


def _books(books: Books) -> Iterator[Metric]:
    yield _counter(
        "lineshaft_books_messages",
        "Messages by what became of them on receipt: received is the sum of journaled, duplicate, ahead and"
        " refused; replayed ones were received before",
        "result",
        books.messages,
    )
    yield _counter(
        "lineshaft_books_done_messages",
        "Journaled and replayed messages that the flow is through with",
        "result",
        books.done,
    )
    yield _counter(
        "lineshaft_books_readings",
        "Readings by what became of them: decoded is the sum of all others",
        "result",
        books.readings,
    )
    lost: dict[str, int] = {}
    for row in books.lost:
        lost[row["cause"]] = lost.get(row["cause"], 0) + row["messages"]
    yield _counter("lineshaft_books_lost_messages", "Messages booked as lost, by cause", "cause", lost)
    classes = {row["code"]: row["readings"] for row in books.classes}
    yield _counter("lineshaft_books_flagged_readings", "Readings counted apart, by class", "code", classes)
    late = CounterMetricFamily("lineshaft_late_readings", "Readings that came late and were stored")
    late.add_metric([], classes.get("late", 0))
    yield late
    yield GaugeMetricFamily(
        "lineshaft_books_in_flight_messages",
        "Messages in the journal that the flow is not through with",
        books.in_flight["messages"],
    )
    yield GaugeMetricFamily(
        "lineshaft_books_unbalanced", "1 if the books do not balance, else 0", int(not books.balanced)
    )


def _lags(lags: Lags) -> Iterator[Metric]:
    messages = {"shard": lags.shard_messages, "plant": lags.plant_messages}
    seconds = {"shard": lags.shard_s, "plant": lags.plant_s}
    yield _gauge("lineshaft_consumer_lag_messages", "Journal positions behind the head", "consumer", messages)
    yield _gauge(
        "lineshaft_consumer_lag_seconds",
        "How long the oldest message waits that a flow has not taken",
        "consumer",
        seconds,
    )
    yield GaugeMetricFamily(
        "lineshaft_devices_silent", "Machines silent for longer than they may be", lags.silent
    )


def _letters(letters: Letters) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "lineshaft_dead_letter_backlog", "Dead letters on hand that were not replayed", letters.waiting
    )
    dropped = CounterMetricFamily(
        "lineshaft_dead_letter_dropped", "Dead letters dropped before their time, for want of room"
    )
    dropped.add_metric([], letters.dropped)
    yield dropped


def _counter(name: str, said: str, label: str, values: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, said, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _gauge(name: str, said: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
