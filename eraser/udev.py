"""What udev knows of block devices, where its library can be loaded; nothing otherwise, and then sysfs alone serves."""

from __future__ import annotations

from collections.abc import Callable

Properties = dict[str, str]


def asking() -> Callable[[str], Properties]:
    """A function from a kernel name ("sdb") to udev's properties of that device, empty where nothing is known of it."""
    import pyudev

    try:
        context = pyudev.Context()
    except (ImportError, OSError):  # no libudev, or one that can't be loaded
        return lambda _: {}

    def ask(name: str) -> Properties:
        try:
            return dict(pyudev.Devices.from_name(context, "block", name).properties)
        except pyudev.DeviceNotFoundError:
            return {}

    return ask


def is_usable() -> bool:
    """Whether its library can be loaded."""
    import pyudev

    try:
        pyudev.Context()
    except (ImportError, OSError):
        return False
    return True
