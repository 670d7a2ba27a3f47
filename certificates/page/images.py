"""Pictures on the page: what travels in the certificate is what is printed, byte for byte. Nothing is unpacked or packed again."""

from __future__ import annotations

from io import BytesIO

import msgspec
from PIL import Image as Picture

from certificates import canonical
from certificates.people import Copy

LARGEST_BYTES = 2 << 20


class Image(msgspec.Struct, frozen=True):
    """A baseline JPEG in greys or sRGB."""

    name: str
    content: bytes
    width: int
    height: int
    grey: bool


def checked(copy: Copy, content: bytes) -> Image:
    """The picture, if it is the one that the record names. Raises ValueError."""
    if len(content) != copy.bytes or canonical.digest(content) != copy.blake3:
        raise ValueError(f"{copy.name} is not the picture that the record names")
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"{copy.name} has {len(content)} bytes, more than {LARGEST_BYTES}")
    with Picture.open(BytesIO(content), formats=("JPEG",)) as header:  # only the header is read
        if header.mode not in ("L", "RGB") or header.size != (copy.width, copy.height):
            raise ValueError(f"{copy.name} is a {header.mode} of {header.size}, not a grey or RGB picture of its size")
        return Image(copy.name, content, copy.width, copy.height, header.mode == "L")
