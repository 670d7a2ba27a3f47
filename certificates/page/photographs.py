"""Photographs in the annex: two beside each other, each above its caption and what binds the original."""

from __future__ import annotations

from collections.abc import Sequence

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import GUTTER, Block, Piece
from certificates.page.glyphs import spelt
from certificates.page.sheet import Sheet
from certificates.page.writer import MAIN, Pen
from certificates.people import Copy, Evidence

BOX = (MAIN - GUTTER) / 2
TALL = BOX * 3 / 4


def block(writer: Pen, files: Sequence[Evidence]) -> Block:
    shown = [each for each in files if each.copy is not None]
    return Block(tuple(_row(writer, shown[start : start + 2]) for start in range(0, len(shown), 2)))


def _row(writer: Pen, pair: list[Evidence]) -> Piece:
    texts = [_below(writer, each) for each in pair]
    height = max(sum(style.leading for _, style in text) for text in texts)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for each, text in zip(pair, texts, strict=True):
            if each.copy is not None:
                _picture(sheet, x, y, each.copy)
            below = y + TALL + 3
            for line, style in text:
                below += style.leading
                sheet.text(x, below - 2, line, style)
            x += BOX + GUTTER

    return Piece(TALL + height + 12, draw)


def _picture(sheet: Sheet, x: float, y: float, copy: Copy) -> None:
    """As large as fits, in the middle of its box."""
    scale = min(BOX / max(1, copy.width), TALL / max(1, copy.height))
    across, down = copy.width * scale, copy.height * scale
    sheet.picture(copy.name, x + (BOX - across) / 2, y + (TALL - down) / 2, across, down)
    sheet.frame(x, y, BOX, TALL, 0.4, 0.6)


def _below(writer: Pen, each: Evidence) -> list[tuple[str, ty.Style]]:
    caption = writer.say.given(each.caption)
    lines = [(line, ty.VALUE_BOLD) for line in ty.wrap(caption[0], ty.VALUE_BOLD, BOX)] if caption else []
    name = f"{spelt(each.name)}  {figures.size(each.bytes)}"
    lines += [(line, ty.TEXT) for line in ty.wrap(name, ty.TEXT, BOX)]
    digits = [each.blake3[start : start + 32] for start in (0, 32)]
    return [*lines, *((f"BLAKE3  {figures.grouped(part, 8)}", ty.SMALL) for part in digits)]
