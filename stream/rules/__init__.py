"""Alarm rules: one file a rule, one line here."""
