"""The fixtures of `fix_web`, for the browser's tests alone: other tests need not load a browser."""

from fix_web import chromium, visitor, web

__all__ = ["chromium", "visitor", "web"]
