"""The fixtures of `fix_web` and `fix_pipeline`, for these tests alone: others need not load a browser."""

from fix_pipeline import pipeline
from fix_web import chromium, visitor, web

__all__ = ["chromium", "pipeline", "visitor", "web"]
