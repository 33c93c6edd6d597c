"""The fixtures of `fix_api`, for the API's tests alone: other tests need not load a web server."""

from fix_api import anonymous, app, logged_in, seeded_url, server, settings

__all__ = ["anonymous", "app", "logged_in", "seeded_url", "server", "settings"]
