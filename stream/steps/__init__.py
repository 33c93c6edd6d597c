"""The steps of the shard flow: plain classes, no engine."""
