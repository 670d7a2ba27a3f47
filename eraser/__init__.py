"""eraser changes media: it finds devices, guards them, overwrites them and tells what happened."""

__version__ = "0.1.0"

RELEASED = "2026-11-01"
"""No clock that is right says an earlier day. Renewed with each version."""
