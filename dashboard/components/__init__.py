"""components of the screens."""
