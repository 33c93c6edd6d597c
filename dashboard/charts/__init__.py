"""charts of the screens."""
