"""The edge agent: sources, an outbox on disk, and an ordered uplink."""
