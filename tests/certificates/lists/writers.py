"""Workbooks: by openpyxl, by XlsxWriter, and part by part as Excel, LibreOffice and POI write what those two can't."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlsxwriter

Cells = Sequence[Sequence[object]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def by_openpyxl(rows: Cells, merges: Sequence[str] = (), hidden: Sequence[int] = ()) -> bytes:
    """Formulas have no result: openpyxl can't calculate."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for number in hidden:
        sheet.row_dimensions[number].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_xlsxwriter(rows: Cells, formats: Mapping[tuple[int, int], str] | None = None, sheets: int = 1) -> bytes:
    """Formulas have the result 0, and the workbook asks to be calculated when it is opened."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for number in range(sheets):
        sheet = book.add_worksheet(f"表{number + 1}")
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                style = book.add_format({"num_format": formats[y, x]}) if formats and (y, x) in formats else None
                sheet.write(y, x, value, style)
    book.close()
    return out.getvalue()


def text(value: str) -> str:
    """A text in the cell itself, as POI and many exports write it."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def cell(value: str, kind: str | None = None, *, style: int | None = None, formula: str | None = None) -> str:
    """A cell outright. `kind`: its `t`; without a value there is no `v`."""
    told = "".join(f" {name}={quoteattr(str(each))}" for name, each in (("t", kind), ("s", style)) if each is not None)
    made = f"<f>{escape(formula)}</f>" if formula is not None else ""
    return f"<c{told}>{made}{f'<v>{escape(value)}</v>' if value else ''}</c>"


def part_by_part(
    rows: Sequence[str | Sequence[str]],
    *,
    shared: Sequence[str] = (),
    formats: Sequence[str] = (),
    merges: Sequence[str] = (),
    calculation: str = "",
    namespace: str = _MAIN,
    more: Mapping[str, str | bytes] | None = None,
    sheet: str | None = None,
) -> bytes:
    """A workbook of one sheet. A row: its `row` element, or cells (elements, or texts that become inline ones).

    `shared`: the contents of `si` elements. `formats`: number formats of the styles 1, 2, ... `sheet`: the whole part, instead of `rows`.
    """
    lines = [each if isinstance(each, str) else f"<row>{''.join(map(_element, each))}</row>" for each in rows]
    merged = "".join(f'<mergeCell ref="{each}"/>' for each in merges)
    body = "".join(lines)
    styles = "".join(f'<numFmt numFmtId="{n}" formatCode={quoteattr(f)}/>' for n, f in enumerate(formats, start=164))
    used = "".join(f'<xf numFmtId="{n}"/>' for n in (0, *range(164, 164 + len(formats))))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}"><sheets><sheet name="台帳" sheetId="1" r:id="rId1"/>'
        f"</sheets>{calculation}</workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "/xl/sharedStrings.xml"), ("styles", "styles.xml")
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}">'
        + "".join(f"<si>{each}</si>" for each in shared)
        + "</sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}"><numFmts>{styles}</numFmts><cellXfs>{used}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet
        or f'<worksheet xmlns="{namespace}"><sheetData>{body}</sheetData>'
        + (f"<mergeCells>{merged}</mergeCells>" if merged else "")
        + "</worksheet>",
    }
    parts |= more or {}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def _element(given: str) -> str:
    return given if given.startswith("<c") else text(given) if given else "<c/>"


def _relations(*targets: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{made}</Relationships>'
