"""Detectors, health, zones and arrival times: pure functions and small classes over arrays."""
