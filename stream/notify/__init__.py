"""Delivers what the outbox of alarms holds."""
