"""The count of what could not be used, which ingest and the flow share: each in its own process."""

from typing import Final

from prometheus_client import Counter

DEAD_LETTERS: Final = Counter(
    "lineshaft_dead_letter_total", "Messages, and parts of messages, that could not be used", ["reason"]
)
