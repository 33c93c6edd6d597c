"""What an agent shows about itself on `/metrics`; one agent a process."""

from prometheus_client import Counter, Gauge

from edge.outbox import Outbox
from lineshaft.clock import SECOND_US

ISSUED = Counter("lineshaft_edge_messages_issued_total", "Messages numbered and kept")
SENT = Counter("lineshaft_edge_messages_sent_total", "Messages given to the broker", ["time"])
COMMITTED = Counter("lineshaft_edge_messages_committed_total", "Messages the server said are committed")
REFUSED = Counter("lineshaft_edge_messages_refused_total", "Messages the broker will never take, put aside")
DROPPED = Counter(
    "lineshaft_edge_outbox_dropped_total", "Messages given up before they were committed", ["cause"]
)
WRITE_FAULTS = Counter(
    "lineshaft_edge_outbox_write_faults_total", "Writes that the disk refused, to be tried again"
)
WAITING = Gauge("lineshaft_edge_outbox_messages", "Messages kept and not known to be committed")
WAITING_BYTES = Gauge("lineshaft_edge_outbox_bytes", "Bytes of these")
OLDEST = Gauge(
    "lineshaft_edge_outbox_oldest_age_seconds", "How long the oldest of these waits; 0 without any"
)
CONNECTS = Counter("lineshaft_edge_connects_total", "Connections to the broker")

for _time in ("first", "again"):
    SENT.labels(_time)  # there from the start, so that a rate can be computed
for _cause in ("full", "damaged"):
    DROPPED.labels(_cause)


def show(outbox: Outbox, now_us: int) -> None:
    """Bring what stands in the file up to date."""
    depth = outbox.depth()
    WAITING.set(depth.messages)
    WAITING_BYTES.set(depth.bytes)
    oldest_us = now_us if depth.oldest_us is None else depth.oldest_us
    OLDEST.set(max(0, now_us - oldest_us) / SECOND_US)
