"""What ingest shows about itself on `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

from stream.ledger import Verdict
from stream.refusals import DEAD_LETTERS

MESSAGES = Counter("lineshaft_ingest_messages_total", "Messages received, by what became of them", ["result"])
LOST = Counter("lineshaft_ingest_lost_messages_total", "Messages booked as lost", ["cause"])
BATCH_ROWS = Histogram(
    "lineshaft_ingest_batch_rows",
    "Journal rows of one commit",
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 2000),
)
COMMIT_SECONDS = Histogram(
    "lineshaft_ingest_commit_duration_seconds",
    "From deciding about a batch to its commit",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
INBOX = Gauge("lineshaft_ingest_inbox_messages", "Messages arrived, not yet committed")
POSITION = Gauge("lineshaft_ingest_journal_position", "Last journal position this process committed")
MARKS = Counter("lineshaft_ingest_marks_total", "Marks published to agents")
CONNECTED = Gauge("lineshaft_mqtt_connected", "1 while the broker is connected")
RECONNECTS = Counter("lineshaft_mqtt_reconnects_total", "Connections to the broker after the first")
DATABASE_RETRIES = Counter(
    "lineshaft_ingest_database_retries_total", "Batches tried again after a lost connection"
)

for _result in ("journaled", "duplicate", "ahead", "refused"):
    MESSAGES.labels(_result)  # there from the start, so that a rate can be computed


def count(verdict: Verdict) -> None:
    """Count what was committed."""
    for key, messages in verdict.messages.items():
        MESSAGES.labels(key.result).inc(messages)
        if key.code:
            DEAD_LETTERS.labels(key.code).inc(messages)
    for gap in verdict.gaps:
        LOST.labels(gap.cause).inc(gap.last_seq - gap.first_seq + 1)
