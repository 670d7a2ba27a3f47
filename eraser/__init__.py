"""eraser changes media: it finds devices, guards them, overwrites them and tells what happened."""

__version__ = "0.1.0"
