"""Health assessment (ISO 13374 HA): what is wrong with a machine, how badly, and who says so."""

from lineshaft.detect.health.grade import SMOOTHING, health

__all__ = ["SMOOTHING", "health"]
