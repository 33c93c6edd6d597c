"""Lineshaft: a live monitor for factories and their deliveries."""

__version__ = "0.1.0"
