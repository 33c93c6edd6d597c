"""How good the detectors and forecasts are, on public data that anyone can get."""
