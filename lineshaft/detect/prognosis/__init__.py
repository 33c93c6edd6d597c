"""Prognosis, the fifth block of ISO 13374: how long a machine will last, and how sure that is."""
