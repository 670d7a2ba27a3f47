"""Gathers what the windows of a medium show, in the medium's order: files, texts, what fills it. Pure but for the peeks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from msgspec import Struct

from verifier.carving import SECTOR, FoundFile, find_files, parts_of
from verifier.entropy import PIECE, Cell, Map, classify
from verifier.partitions import Read
from verifier.readable import MARKS, TextRegion, find_text

MOST_LISTED = 200
"""Findings, text regions and unreadable ranges are all counted, and this many of each are listed."""

_PEEK_BLOCK = 4096


class Range(Struct, frozen=True):
    """Bytes `offset` to `offset + length`."""

    offset: int
    length: int


class Surveyed(Struct, frozen=True):
    """What the windows so far have shown; `Inspection` explains the fields."""

    bytes_read: int
    unreadable_bytes: int
    unreadable_places: int
    unreadable: tuple[Range, ...]
    counts: dict[str, int]
    files: tuple[FoundFile, ...]
    texts: dict[str, int]
    text_regions: tuple[TextRegion, ...]
    text_bytes: int
    map: tuple[Cell, ...]


class Survey:
    """Gathers what the windows show, in the order of the medium."""

    def __init__(self, read: Read, size_bytes: int, sector_bytes: int = SECTOR) -> None:
        self._read, self._size = read, size_bytes
        self._map = Map(size_bytes, sector_bytes)
        self._bytes_read = self._missed = self._text_bytes = 0
        self._unreadable: list[Range] = []
        self._places, self._missed_to = 0, -1
        self._counts: dict[str, int] = {}
        self._files: list[FoundFile] = []
        self._texts: dict[str, int] = {}
        self._regions: list[TextRegion] = []
        self._text: _Text | None = None
        # The file that what follows may belong to, until its length, or else a sector that ends in zeros, ends it.
        self._open: FoundFile | None = None
        # Up to where archives with headers inside (tar) are known to reach, by family.
        self._covered: dict[str, int] = {}
        self._data, self._base = b"", 0

    def look_at(self, offset: int, data: bytes) -> None:
        """Readable bytes that begin at a sector."""
        self._data, self._base = data, offset
        self._bytes_read += len(data)
        busy: int | None = None
        for start, end in self._pieces(offset, len(data)):
            kind = classify(data, start, end)
            self._map.add(offset + start, end - start, kind)
            uniform = kind in ("zeros", "repeated")
            if uniform and busy is not None:
                self._scan(busy, start)
                busy = None
            elif not uniform and busy is None:
                busy = start
            if uniform:
                self._close()
        if busy is not None:
            self._scan(busy, len(data))

    def miss(self, offset: int, length: int) -> None:
        """A range that can't be read: it ends whatever was open."""
        self._close()
        self._map.add(offset, length, "unread")
        self._missed += length
        if self._missed_to == offset:
            if self._places <= MOST_LISTED:
                self._unreadable[-1] = Range(self._unreadable[-1].offset, self._unreadable[-1].length + length)
        else:
            self._places += 1
            if self._places <= MOST_LISTED:
                self._unreadable.append(Range(offset, length))
        self._missed_to = offset + length

    def seen(self) -> Surveyed:
        """All that was gathered. What comes later would be another survey."""
        self._close()
        return Surveyed(
            bytes_read=self._bytes_read,
            unreadable_bytes=self._missed,
            unreadable_places=self._places,
            unreadable=tuple(self._unreadable),
            counts=self._counts,
            files=tuple(self._files),
            texts=self._texts,
            text_regions=tuple(self._regions),
            text_bytes=self._text_bytes,
            map=self._map.cells(),
        )

    def _pieces(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """Cuts at multiples of PIECE and at the map's cells, so that both are independent of the windows."""
        start = 0
        while start < length:
            at = offset + start
            end = min((at // PIECE + 1) * PIECE, (at // self._map.cell_bytes + 1) * self._map.cell_bytes) - offset
            yield start, min(end, length)
            start = min(end, length)

    def _scan(self, start: int, end: int) -> None:
        """A stretch of the current window that is not uniform."""
        part, base = self._data[start:end], self._base + start
        files = {found.offset: found for found in find_files(part, base, self._peek)}
        texts = {region.offset: region for region in _cut(find_text(part, base), files)}
        padded, done = _padded_sectors(part), 0
        for at in (*sorted(files.keys() | texts.keys()), base + len(part)):
            sector = -(-(at - base) // SECTOR)
            if (last := padded.rfind(0, done, sector)) >= 0:
                self._end_at(base + last * SECTOR)
            done = sector
            if at in files:
                self._add_file(files[at])
            if at in texts:
                self._add_text(texts[at])

    def _add_file(self, found: FoundFile) -> None:
        family = parts_of(found.kind)
        self._leave(found.offset)
        if family:
            covered = self._covered.get(family, 0)
            end = found.offset + (found.length or 0)
            self._covered[family] = max(covered, end)
            if found.offset < covered:
                self._close_text()
                self._open = found  # so that the texts behind it are the archive's, too
                return
            if self._open and parts_of(self._open.kind) == family:
                return
        self._close()
        self._open = found
        self._counts[found.kind] = self._counts.get(found.kind, 0) + 1
        self._map.found(found.offset)
        if len(self._files) < MOST_LISTED:
            self._files.append(found)

    def _add_text(self, piece: TextRegion) -> None:
        at = piece.offset - self._base
        if self._text and (self._text.end != piece.offset or self._data.startswith(MARKS, at)):
            self._close_text()
        self._leave(piece.offset)
        if self._text is None:
            self._text = _Text(piece.offset, piece.offset, self._open is not None, {})
        self._text.end += piece.length
        self._text.encodings[piece.encoding] = self._text.encodings.get(piece.encoding, 0) + piece.length
        self._text_bytes += min(piece.length, self._size - piece.offset)  # the end of an image may lie within a sector
        # Text has no zero bytes but the high ones of UTF-16, so even a short padding ends it.
        last = self._data[at + piece.length - 2 : at + piece.length]
        if last == b"\0\0" or (last[1:] == b"\0" and piece.encoding != "utf-16-le"):
            self._close_text()

    def _leave(self, offset: int) -> None:
        """What begins at `offset` lies behind a file whose length is known."""
        if self._open and self._open.length is not None and offset >= self._open.offset + self._open.length:
            self._open = None

    def _end_at(self, sector: int) -> None:
        """The last sector that ends in zeros so far: where a file of unknown length, or a text, has ended."""
        if self._open and self._open.length is None and sector >= self._open.offset:
            self._open = None
        if self._text and self._text.end == sector + SECTOR:
            self._close_text()

    def _close(self) -> None:
        self._close_text()
        self._open = None

    def _close_text(self) -> None:
        text, self._text = self._text, None
        if text is None or text.owned:
            return
        # ASCII is a part of all the others, so it names a region only if it is alone there.
        encoding = max(text.encodings, key=lambda name: (name != "ascii", text.encodings[name]))
        self._texts[encoding] = self._texts.get(encoding, 0) + 1
        self._map.found(text.offset)
        if len(self._regions) < MOST_LISTED:
            self._regions.append(TextRegion(text.offset, text.end - text.offset, encoding))

    def _peek(self, offset: int, length: int) -> bytes:
        """The medium anywhere; from the window where that holds it, else by a small aligned read."""
        at = offset - self._base
        if at >= 0 and at + length <= len(self._data):
            return self._data[at : at + length]
        start = offset // _PEEK_BLOCK * _PEEK_BLOCK
        end = min(self._size, -(-(offset + length) // _PEEK_BLOCK) * _PEEK_BLOCK)
        if start >= end:
            return b""
        try:
            return bytes(self._read(start, end - start))[offset - start :][:length]
        except OSError:
            # The main pass reports it; the proof has to do with what the window holds.
            return self._data[at : at + length] if at >= 0 else b""


class _Text(Struct):
    """A text region that may still grow: where it ends so far, whether it is part of a found file, bytes by encoding."""

    offset: int
    end: int
    owned: bool
    encodings: dict[str, int]


def _cut(regions: list[TextRegion], files: Iterable[int]) -> Iterator[TextRegion]:
    """Cuts the regions where files begin (offsets in order), for what follows is theirs."""
    cuts = list(files)
    for region in regions:
        start, end = region.offset, region.offset + region.length
        for at in cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]:
            yield TextRegion(start, at - start, region.encoding)
            start = at
        yield TextRegion(start, end - start, region.encoding) if start > region.offset else region


def _padded_sectors(part: bytes) -> bytes:
    """A byte for each whole sector, 0 where its last 8 bytes are: there a file system ended a file (random data: 1 in 2^64)."""
    whole = len(part) // SECTOR
    columns = (part[SECTOR - place :: SECTOR][:whole] for place in range(1, 9))
    return reduce(or_, (int.from_bytes(column, "little") for column in columns)).to_bytes(whole, "little")
