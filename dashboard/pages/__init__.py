"""pages of the screens."""
