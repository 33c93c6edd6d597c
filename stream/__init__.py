"""From the broker to the store: ingest, the shard flow, the plant flow, upkeep and notify."""
