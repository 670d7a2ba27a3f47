"""The time zone that times are shown in."""

from __future__ import annotations

import os
import time
from datetime import datetime


def replace_unusable() -> None:
    """UTC in place of a zone that is more than a day away (TZ=X+25), which the C library takes and Python doesn't."""
    try:
        datetime.now().astimezone()
    except (ValueError, OverflowError):
        os.environ["TZ"] = "UTC0"
        time.tzset()
