"""The HTTP API and the live hub."""
