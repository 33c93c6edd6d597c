"""What the shard's books are told of messages, and what of a row is decoded."""

from collections import Counter

from lineshaft.domain.readings import Decoded, Event, Report
from lineshaft.domain.results import CountKey
from lineshaft.store.journal import REPLAYED_LANE, Row
from lineshaft.wire import door, topics
from lineshaft.wire.codec import Foreign, Opened, Sent, Stacked
from stream.bundle import Draft
from stream.steps.intake import RESULTS

OURS = f"{topics.ROOT}/"


def sent(row: Row) -> Sent | Foreign:
    """What to decode of a row. A replayed one is judged as of when it came first."""
    properties = row.properties
    if not properties:
        return row.topic, row.body, "", row.received_us
    received_us = row.received_us
    if row.lane == REPLAYED_LANE:
        received_us = int(str(properties.get("received_us", received_us)))
    encoding = str(properties.get("ce", ""))
    if not row.topic.startswith(OURS):  # who speaks our contract may not call itself foreign
        entrance = door.from_properties(row.site or "", row.agent or "", properties)
        if entrance is not None:
            return Foreign(entrance, row.topic, row.body, encoding, received_us)
    return row.topic, row.body, encoding, received_us


def count_stacked(rows: list[Row], opened: Opened, draft: Draft) -> None:
    """Book the messages that were decoded together, an agent at a time."""
    messages: Counter[tuple[str | None, str | None]] = Counter()
    readings: Counter[tuple[str | None, str | None]] = Counter()
    for row, message in zip(rows, opened.messages, strict=True):
        if isinstance(message, Stacked):
            agent = row.site, row.agent
            messages[agent] += 1
            readings[agent] += message.readings
    for agent, count in messages.items():
        site, name = agent[0] or "", agent[1] or ""
        draft.count(CountKey(site, name, "stored", ""), count, 0)
        draft.count(CountKey(site, name, "decoded", ""), 0, readings[agent])


def size_of(part: Decoded) -> int:
    """Readings, reads or fixes of a part of a message; an event counts as one."""
    return 1 if isinstance(part, Event | Report) else len(part)


def book(row: Row, draft: Draft, counts: list[int]) -> None:
    """Book readings by `RESULTS`: new, the same, in contradiction."""
    for result, readings in zip(RESULTS.values(), counts, strict=True):
        if readings:
            draft.count(CountKey(row.site or "", row.agent or "", result, ""), 0, readings)


def book_again(row: Row, draft: Draft, parts: list[Decoded]) -> None:
    """Book a foreign message that came before, by another gateway."""
    readings = sum(map(size_of, parts))
    draft.count(CountKey(row.site or "", row.agent or "", "stored", ""), 1, 0)
    draft.count(CountKey(row.site or "", row.agent or "", "decoded", ""), 0, readings)
    book(row, draft, [0, readings, 0])
