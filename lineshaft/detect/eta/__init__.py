"""Arrival times: learned from past trips (`learning`, `model`), and live from the last arrivals (`live`)."""
