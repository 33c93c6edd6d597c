"""State detection (ISO 13374 SD): how odd each machine is now, and whether an episode is under way."""
