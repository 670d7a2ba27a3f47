"""Drives that lie or fail: one nbdkit plugin, one class per behaviour.

    nbdkit -f -U SOCK python drive.py behaviour=wraps backing=FILE size=N state=DIR holds=M

`backing` is the truth: what the medium holds, whatever the drive says. Each lie is also a line "offset length" in
`state`/lies, so that a test knows exactly what was done to it. Requests are served one at a time, so counts are exact.
tests/lab/nbd.py starts this; nbdkit brings the module `nbdkit`.
"""

import ctypes
import errno
import os
import time
from pathlib import Path

import nbdkit

API_VERSION = 2


class Honest:
    """Keeps every byte. The others differ from it only where they say so."""

    def __init__(self, settings: dict[str, str]):
        self.size = int(settings["size"])
        self.state = Path(settings["state"])
        self.medium = os.open(settings["backing"], os.O_RDWR)

    def connected(self) -> None:
        """A host has opened the drive (again)."""

    def read(self, buffer: memoryview, offset: int) -> None:
        os.preadv(self.medium, [buffer], offset)

    def write(self, data: memoryview, offset: int) -> None:
        os.pwrite(self.medium, data, offset)

    def lie(self, offset: int, length: int) -> None:
        """Note what was not done, or done otherwise, at these addresses."""
        with (self.state / "lies").open("a") as lies:
            lies.write(f"{offset} {length}\n")


class Wraps(Honest):
    """Claims `size`, holds `holds`: addresses wrap, so a late write lands on an early one."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.holds = int(settings["holds"])

    def read(self, buffer: memoryview, offset: int) -> None:
        for start, place, length in self.pieces(offset, len(buffer)):
            super().read(buffer[start : start + length], place)

    def write(self, data: memoryview, offset: int) -> None:
        for start, place, length in self.pieces(offset, len(data)):
            super().write(data[start : start + length], place)
            if place != offset + start:
                self.lie(offset + start, length)

    def pieces(self, offset: int, length: int):
        """Cut a request where it reaches the end of what the drive holds."""
        start = 0
        while start < length:
            place = (offset + start) % self.holds
            piece = min(length - start, self.holds - place)
            yield start, place, piece
            start += piece


class ZerosPastTheEnd(Honest):
    """Claims `size`, holds `holds`: loses what is written past that, and reads it as zeros."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.holds = int(settings["holds"])

    def read(self, buffer: memoryview, offset: int) -> None:
        kept = max(0, min(len(buffer), self.holds - offset))
        super().read(buffer[:kept], offset)
        buffer[kept:] = bytes(len(buffer) - kept)

    def write(self, data: memoryview, offset: int) -> None:
        kept = max(0, min(len(data), self.holds - offset))
        super().write(data[:kept], offset)
        if kept < len(data):
            self.lie(offset + kept, len(data) - kept)


class IgnoresWrites(Honest):
    """Says yes to every write and keeps its old content."""

    def write(self, data: memoryview, offset: int) -> None:
        self.lie(offset, len(data))


class IgnoresWritesReadsZeros(IgnoresWrites):
    """Says yes to every write, keeps its old content, and shows zeros instead of it."""

    def read(self, buffer: memoryview, offset: int) -> None:
        buffer[:] = bytes(len(buffer))


class DropsRegion(Honest):
    """Loses writes to one `region` (OFFSET+LENGTH); what was there stays."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.start, self.end = parse_range(settings["region"])

    def write(self, data: memoryview, offset: int) -> None:
        end = offset + len(data)
        start, stop = min(max(offset, self.start), end), max(min(end, self.end), offset)
        if start >= stop:
            super().write(data, offset)
            return
        super().write(data[: start - offset], offset)
        super().write(data[stop - offset :], stop)
        self.lie(start, stop - start)


class DropsEveryNth(Honest):
    """Loses every `nth` write request (997 unless told)."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.nth = int(settings.get("nth", "997"))
        self.count = 0

    def write(self, data: memoryview, offset: int) -> None:
        self.count += 1
        if self.count % self.nth == 0:
            self.lie(offset, len(data))
        else:
            super().write(data, offset)


class FlipsBit(Honest):
    """Writes one bit wrong: bit `bit` (0 unless told) of the byte `at`."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.at = int(settings["at"])
        self.mask = 1 << int(settings.get("bit", "0"))

    def write(self, data: memoryview, offset: int) -> None:
        if offset <= self.at < offset + len(data):
            data = bytearray(data)
            data[self.at - offset] ^= self.mask
            self.lie(self.at, 1)
        super().write(data, offset)


class CachesUntilReopened(Honest):
    """Answers with what was written, from a cache; once it is opened again the old content is back."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.cache: dict[int, bytes] = {}

    def connected(self) -> None:
        self.cache.clear()

    def read(self, buffer: memoryview, offset: int) -> None:
        super().read(buffer, offset)
        for place in range(offset, offset + len(buffer), 512):
            if place in self.cache:
                buffer[place - offset : place - offset + 512] = self.cache[place]

    def write(self, data: memoryview, offset: int) -> None:
        for start in range(0, len(data), 512):
            self.cache[offset + start] = bytes(data[start : start + 512])
        self.lie(offset, len(data))


class Dies(Honest):
    """Takes `after` bytes of writes, to the byte, and then answers everything with EIO for ever."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.left = int(settings["after"])
        self.dead = False

    def read(self, buffer: memoryview, offset: int) -> None:
        if self.dead:
            raise OSError(errno.EIO, "dead")
        super().read(buffer, offset)

    def write(self, data: memoryview, offset: int) -> None:
        if self.dead:
            raise OSError(errno.EIO, "dead")
        super().write(data[: self.left], offset)
        self.left -= len(data)
        if self.left < 0:
            self.dead = True
            raise OSError(errno.EIO, "dies")


class BadSpots(Honest):
    """Fails with EIO where a request touches one of `spots` (OFFSET+LENGTH,...); then nothing of it is done.

    `fails` is reads, writes or both (unless told); with `heals_after` a spot works after that many failed tries.
    """

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.spots = [parse_range(spot) for spot in settings["spots"].split(",")]
        self.fails = settings.get("fails", "both")
        if self.fails not in ("reads", "writes", "both"):
            raise ValueError(f"fails={self.fails}: not one of reads, writes, both")
        self.heals_after = float(settings.get("heals_after", "inf"))
        self.tries = dict.fromkeys(self.spots, 0)

    def read(self, buffer: memoryview, offset: int) -> None:
        if self.fails != "writes":
            self.fail_on_spot(offset, len(buffer))
        super().read(buffer, offset)

    def write(self, data: memoryview, offset: int) -> None:
        if self.fails != "reads":
            self.fail_on_spot(offset, len(data))
        super().write(data, offset)

    def fail_on_spot(self, offset: int, length: int) -> None:
        for start, end in self.spots:
            if offset < end and start < offset + length and self.tries[start, end] < self.heals_after:
                self.tries[start, end] += 1
                self.lie(offset, length)
                raise OSError(errno.EIO, "bad spot")


class Hangs(Honest):
    """A write that covers byte `at` hangs, and the drive with it, until the file `state`/release is there."""

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.at = int(settings["at"])

    def write(self, data: memoryview, offset: int) -> None:
        if offset <= self.at < offset + len(data):
            hanging = self.state / "hanging"
            hanging.touch()
            while not (self.state / "release").exists():
                time.sleep(0.01)
            hanging.unlink()
        super().write(data, offset)


class Computed(Honest):
    """A disk of any size on which nothing is stored: it reads as if AES-256-CTR of zeros under `key` (hex) had been written to it.

    Writes fail. Each read is a line "offset length" in `state`/reads.
    """

    def __init__(self, settings: dict[str, str]):
        super().__init__(settings)
        self.key = bytes.fromhex(settings["key"])
        self.openssl = ctypes.CDLL("libcrypto.so.3")
        self.openssl.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
        self.openssl.EVP_aes_256_ctr.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.openssl.EVP_CIPHER_CTX_new())
        self.cipher = ctypes.c_void_p(self.openssl.EVP_aes_256_ctr())
        self.reads = (self.state / "reads").open("a", buffering=1)

    def read(self, buffer: memoryview, offset: int) -> None:
        self.reads.write(f"{offset} {len(buffer)}\n")
        first, skipped = offset // 16, offset % 16
        count = skipped + len(buffer)
        out, got = ctypes.create_string_buffer(count), ctypes.c_int()
        self.openssl.EVP_EncryptInit_ex(self.context, self.cipher, None, self.key, first.to_bytes(16, "big"))
        self.openssl.EVP_EncryptUpdate(self.context, out, ctypes.byref(got), bytes(count), ctypes.c_int(count))
        buffer[:] = out.raw[skipped:count]

    def write(self, data: memoryview, offset: int) -> None:
        raise OSError(errno.EIO, "nothing is stored here")


BEHAVIOURS = {
    "honest": Honest,
    "wraps": Wraps,
    "zeros-past-the-end": ZerosPastTheEnd,
    "ignores-writes": IgnoresWrites,
    "ignores-writes-reads-zeros": IgnoresWritesReadsZeros,
    "drops-region": DropsRegion,
    "drops-every-nth": DropsEveryNth,
    "flips-bit": FlipsBit,
    "caches-until-reopened": CachesUntilReopened,
    "dies": Dies,
    "bad-spots": BadSpots,
    "hangs": Hangs,
    "computed": Computed,
}


def parse_range(text: str) -> tuple[int, int]:
    """OFFSET+LENGTH as (start, end)."""
    offset, length = map(int, text.split("+"))
    return offset, offset + length


# What nbdkit calls

settings: dict[str, str] = {}
drive: Honest


def config(key: str, value: str) -> None:
    settings[key] = value


def config_complete() -> None:
    global drive
    drive = BEHAVIOURS[settings["behaviour"]](settings)


def thread_model() -> int:
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def open(readonly: bool) -> int:
    drive.connected()
    return 1


def get_size(handle: int) -> int:
    return drive.size


def pread(handle: int, buffer: bytearray, offset: int, flags: int) -> None:
    try:
        drive.read(memoryview(buffer), offset)
    except OSError as error:
        nbdkit.set_error(error.errno)
        raise


def pwrite(handle: int, data: bytearray, offset: int, flags: int) -> None:
    try:
        drive.write(memoryview(data), offset)
    except OSError as error:
        nbdkit.set_error(error.errno)
        raise


def flush(handle: int, flags: int) -> None:
    """Say yes: a drive that lies about writes lies about flushes too, and the others write through."""
