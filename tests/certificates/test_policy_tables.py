"""Every cell: kind of medium x technique x policy, and what it means for each class of data.

The tables below were written out from the standards (SP 800-88r1 as quoted, r2, IEEE 2883 as a tool reads it, the MIC guideline R7.3
and an excerpt of R8.3), not made from the tool's own tables. Where those disagree, one of the two is wrong.
"""

from __future__ import annotations

import pytest

from certificates import policy
from certificates.policy import Deed
from certificates.record import Category, DataClass, MediaType, Sufficiency

COLUMNS: tuple[MediaType, ...] = (
    "magnetic-disk",
    "sata-ssd",
    "nvme-ssd",
    "usb-flash",
    "sd-emmc",
    "optical",
    "unknown",
)
CATEGORIES: dict[str, Category] = {
    "c": "clear",
    "P": "purge",
    "D": "destroy",
    "-": "none",
    "?": "not-confirmed",
}
SUFFICIENCIES: dict[str, Sufficiency] = {"y": "sufficient", "n": "not-sufficient", "?": "not-confirmed"}
PHYSICAL = ("degauss", "shred", "chip-cut", "drill", "bend", "disintegrate", "melt", "incinerate")

# columns:                     HDD SATA NVMe USB SD optical unknown
CATEGORY = {
    "nist-800-88r1": """
        host-overwrite               c c c c c ? c
        write-same                   c c c c c ? c
        trim                         - - - - - - -
        ata-security-erase-normal    c c ? ? ? ? ?
        ata-security-erase-enhanced  P c ? ? ? ? ?
        ata-sanitize-overwrite       P ? ? ? ? ? ?
        ata-sanitize-block           ? P ? ? ? ? ?
        ata-sanitize-crypto          P P ? ? ? ? ?
        scsi-sanitize-overwrite      P ? ? ? ? ? ?
        scsi-sanitize-block          ? P ? ? ? ? ?
        scsi-sanitize-crypto         P P ? ? ? ? ?
        scsi-format-unit             ? ? ? ? ? ? ?
        nvme-format-user-data        ? ? P ? ? ? ?
        nvme-format-crypto           ? ? P ? ? ? ?
        nvme-sanitize-overwrite      ? ? ? ? ? ? ?
        nvme-sanitize-block          ? ? ? ? ? ? ?
        nvme-sanitize-crypto         ? ? ? ? ? ? ?
        tcg-revert                   P P P ? ? ? ?
        degauss                      P - - - - - ?
        shred                        ? ? ? ? ? ? ?
        chip-cut                     ? ? ? ? ? ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 - - - - - - -
        bend                         ? ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
    """,
    "nist-800-88r2": """
        host-overwrite               c c c c c ? c
        write-same                   c c c c c ? c
        trim                         - - - - - - -
        ata-security-erase-normal    ? ? ? ? ? ? ?
        ata-security-erase-enhanced  ? ? ? ? ? ? ?
        ata-sanitize-overwrite       ? ? ? ? ? ? ?
        ata-sanitize-block           ? ? ? ? ? ? ?
        ata-sanitize-crypto          ? ? ? ? ? ? ?
        scsi-sanitize-overwrite      ? ? ? ? ? ? ?
        scsi-sanitize-block          ? ? ? ? ? ? ?
        scsi-sanitize-crypto         ? ? ? ? ? ? ?
        scsi-format-unit             ? ? ? ? ? ? ?
        nvme-format-user-data        ? ? ? ? ? ? ?
        nvme-format-crypto           ? ? ? ? ? ? ?
        nvme-sanitize-overwrite      ? ? ? ? ? ? ?
        nvme-sanitize-block          ? ? ? ? ? ? ?
        nvme-sanitize-crypto         ? ? ? ? ? ? ?
        tcg-revert                   ? ? ? ? ? ? ?
        degauss                      P - - - - - ?
        shred                        ? ? ? ? ? ? ?
        chip-cut                     ? ? ? ? ? ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 - - - - - - -
        bend                         ? ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
    """,
    "ieee-2883-2022": """
        host-overwrite               c c c ? ? ? ?
        write-same                   c c c ? ? ? ?
        trim                         - - - - - - -
        ata-security-erase-normal    c c ? ? ? ? ?
        ata-security-erase-enhanced  P P ? ? ? ? ?
        ata-sanitize-overwrite       P ? ? ? ? ? ?
        ata-sanitize-block           ? P ? ? ? ? ?
        ata-sanitize-crypto          P P ? ? ? ? ?
        scsi-sanitize-overwrite      P ? ? ? ? ? ?
        scsi-sanitize-block          ? P ? ? ? ? ?
        scsi-sanitize-crypto         P P ? ? ? ? ?
        scsi-format-unit             c c ? ? ? ? ?
        nvme-format-user-data        ? ? c ? ? ? ?
        nvme-format-crypto           ? ? c ? ? ? ?
        nvme-sanitize-overwrite      ? ? P ? ? ? ?
        nvme-sanitize-block          ? ? P ? ? ? ?
        nvme-sanitize-crypto         ? ? P ? ? ? ?
        tcg-revert                   P P P ? ? ? ?
        degauss                      ? - - - - - ?
        shred                        ? ? ? ? ? ? ?
        chip-cut                     ? ? ? ? ? ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 - - - - - - -
        bend                         ? ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
    """,
    "mic-r7.3": """
        host-overwrite               c c c c c ? c
        write-same                   ? ? ? ? ? ? ?
        trim                         - - - - - - -
        ata-security-erase-normal    ? ? ? ? ? ? ?
        ata-security-erase-enhanced  ? ? ? ? ? ? ?
        ata-sanitize-overwrite       ? ? ? ? ? ? ?
        ata-sanitize-block           ? ? ? ? ? ? ?
        ata-sanitize-crypto          ? ? ? ? ? ? ?
        scsi-sanitize-overwrite      ? ? ? ? ? ? ?
        scsi-sanitize-block          ? ? ? ? ? ? ?
        scsi-sanitize-crypto         ? ? ? ? ? ? ?
        scsi-format-unit             ? ? ? ? ? ? ?
        nvme-format-user-data        ? ? ? ? ? ? ?
        nvme-format-crypto           ? ? ? ? ? ? ?
        nvme-sanitize-overwrite      ? ? ? ? ? ? ?
        nvme-sanitize-block          ? ? ? ? ? ? ?
        nvme-sanitize-crypto         ? ? ? ? ? ? ?
        tcg-revert                   ? ? ? ? ? ? ?
        degauss                      ? - - - - - ?
        shred                        D ? ? ? ? D ?
        chip-cut                     ? D D D D ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 - - - - - - -
        bend                         ? ? ? ? ? ? ?
        disintegrate                 D D D D D D D
        melt                         D D D D D D D
        incinerate                   D D D D D D D
    """,
    "mic-r8.3": """
        host-overwrite               ? ? ? - - - ?
        write-same                   ? ? ? - - - ?
        trim                         - - - - - - -
        ata-security-erase-normal    ? ? ? - - - ?
        ata-security-erase-enhanced  P ? ? - - - ?
        ata-sanitize-overwrite       ? ? ? - - - ?
        ata-sanitize-block           ? P ? - - - ?
        ata-sanitize-crypto          P P ? - - - ?
        scsi-sanitize-overwrite      P P ? - - - ?
        scsi-sanitize-block          P P ? - - - ?
        scsi-sanitize-crypto         P P ? - - - ?
        scsi-format-unit             P P ? - - - ?
        nvme-format-user-data        ? ? P - - - ?
        nvme-format-crypto           ? ? P - - - ?
        nvme-sanitize-overwrite      ? ? P - - - ?
        nvme-sanitize-block          ? ? P - - - ?
        nvme-sanitize-crypto         ? ? P - - - ?
        tcg-revert                   P P P - - - ?
        degauss                      P - - - - - ?
        shred                        D - - - - D ?
        chip-cut                     ? D D D D ? ?
        drill-multiple               D ? ? ? ? ? ?
        drill-single                 - - - - - - -
        bend                         D ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
    """,
}

# The same for the classes of data, of the policies that grade them: y suffices, n doesn't, ? not confirmed.
R83_STRICT = """
        host-overwrite               n n n n n n n
        write-same                   ? ? ? n n n ?
        trim                         n n n n n n n
        ata-security-erase-normal    n n ? n n n ?
        ata-security-erase-enhanced  y n ? n n n ?
        ata-sanitize-overwrite       ? ? ? n n n ?
        ata-sanitize-block           ? y ? n n n ?
        ata-sanitize-crypto          y y ? n n n ?
        scsi-sanitize-overwrite      y y ? n n n ?
        scsi-sanitize-block          y y ? n n n ?
        scsi-sanitize-crypto         y y ? n n n ?
        scsi-format-unit             y y ? n n n ?
        nvme-format-user-data        ? ? y n n n ?
        nvme-format-crypto           ? ? y n n n ?
        nvme-sanitize-overwrite      ? ? y n n n ?
        nvme-sanitize-block          ? ? y n n n ?
        nvme-sanitize-crypto         ? ? y n n n ?
        tcg-revert                   y y y n n n ?
        degauss                      y n n n n n ?
        shred                        y n n n n y ?
        chip-cut                     ? y y y y ? ?
        drill-multiple               y ? ? ? ? ? ?
        drill-single                 n n n n n n n
        bend                         y ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
"""
DATA: dict[tuple[str, DataClass], str] = {
    ("mic-r7.3", "mynumber"): """
        host-overwrite               n n n n n n n
        write-same                   n n n n n n n
        trim                         n n n n n n n
        ata-security-erase-normal    n n n n n n n
        ata-security-erase-enhanced  n n n n n n n
        ata-sanitize-overwrite       n n n n n n n
        ata-sanitize-block           n n n n n n n
        ata-sanitize-crypto          n n n n n n n
        scsi-sanitize-overwrite      n n n n n n n
        scsi-sanitize-block          n n n n n n n
        scsi-sanitize-crypto         n n n n n n n
        scsi-format-unit             n n n n n n n
        nvme-format-user-data        n n n n n n n
        nvme-format-crypto           n n n n n n n
        nvme-sanitize-overwrite      n n n n n n n
        nvme-sanitize-block          n n n n n n n
        nvme-sanitize-crypto         n n n n n n n
        tcg-revert                   n n n n n n n
        degauss                      n n n n n n n
        shred                        y ? ? ? ? y ?
        chip-cut                     ? y y y y ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 n n n n n n n
        bend                         ? ? ? ? ? ? ?
        disintegrate                 y y y y y y y
        melt                         y y y y y y y
        incinerate                   y y y y y y y
    """,
    ("mic-r7.3", "confidential-2"): """
        host-overwrite               n n n n n ? n
        write-same                   ? ? ? ? ? ? ?
        trim                         n n n n n n n
        ata-security-erase-normal    ? ? ? ? ? ? ?
        ata-security-erase-enhanced  ? ? ? ? ? ? ?
        ata-sanitize-overwrite       ? ? ? ? ? ? ?
        ata-sanitize-block           ? y ? ? ? ? ?
        ata-sanitize-crypto          y y ? ? ? ? ?
        scsi-sanitize-overwrite      ? ? ? ? ? ? ?
        scsi-sanitize-block          ? y ? ? ? ? ?
        scsi-sanitize-crypto         y y ? ? ? ? ?
        scsi-format-unit             ? ? ? ? ? ? ?
        nvme-format-user-data        ? ? ? ? ? ? ?
        nvme-format-crypto           ? ? y ? ? ? ?
        nvme-sanitize-overwrite      ? ? ? ? ? ? ?
        nvme-sanitize-block          ? ? y ? ? ? ?
        nvme-sanitize-crypto         ? ? y ? ? ? ?
        tcg-revert                   y y y ? ? ? ?
        degauss                      y n n n n n ?
        shred                        y ? ? ? ? y ?
        chip-cut                     ? y y y y ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 n n n n n n n
        bend                         ? ? ? ? ? ? ?
        disintegrate                 y y y y y y y
        melt                         y y y y y y y
        incinerate                   y y y y y y y
    """,
    ("mic-r7.3", "confidential-1"): """
        host-overwrite               y y y y y ? y
        write-same                   ? ? ? ? ? ? ?
        trim                         n n n n n n n
        ata-security-erase-normal    ? ? ? ? ? ? ?
        ata-security-erase-enhanced  ? ? ? ? ? ? ?
        ata-sanitize-overwrite       ? ? ? ? ? ? ?
        ata-sanitize-block           ? y ? ? ? ? ?
        ata-sanitize-crypto          y y ? ? ? ? ?
        scsi-sanitize-overwrite      ? ? ? ? ? ? ?
        scsi-sanitize-block          ? y ? ? ? ? ?
        scsi-sanitize-crypto         y y ? ? ? ? ?
        scsi-format-unit             ? ? ? ? ? ? ?
        nvme-format-user-data        ? ? ? ? ? ? ?
        nvme-format-crypto           ? ? y ? ? ? ?
        nvme-sanitize-overwrite      ? ? ? ? ? ? ?
        nvme-sanitize-block          ? ? y ? ? ? ?
        nvme-sanitize-crypto         ? ? y ? ? ? ?
        tcg-revert                   y y y ? ? ? ?
        degauss                      y n n n n n ?
        shred                        y ? ? ? ? y ?
        chip-cut                     ? y y y y ? ?
        drill-multiple               ? ? ? ? ? ? ?
        drill-single                 n n n n n n n
        bend                         ? ? ? ? ? ? ?
        disintegrate                 y y y y y y y
        melt                         y y y y y y y
        incinerate                   y y y y y y y
    """,
    ("mic-r8.3", "mynumber"): R83_STRICT,
    ("mic-r8.3", "confidential-2"): R83_STRICT,
    ("mic-r8.3", "confidential-1"): """
        host-overwrite               ? ? ? ? ? ? ?
        write-same                   ? ? ? ? ? ? ?
        trim                         n n n n n n n
        ata-security-erase-normal    ? ? ? ? ? ? ?
        ata-security-erase-enhanced  y ? ? ? ? ? ?
        ata-sanitize-overwrite       ? ? ? ? ? ? ?
        ata-sanitize-block           ? y ? ? ? ? ?
        ata-sanitize-crypto          y y ? ? ? ? ?
        scsi-sanitize-overwrite      y y ? ? ? ? ?
        scsi-sanitize-block          y y ? ? ? ? ?
        scsi-sanitize-crypto         y y ? ? ? ? ?
        scsi-format-unit             y y ? ? ? ? ?
        nvme-format-user-data        ? ? y ? ? ? ?
        nvme-format-crypto           ? ? y ? ? ? ?
        nvme-sanitize-overwrite      ? ? y ? ? ? ?
        nvme-sanitize-block          ? ? y ? ? ? ?
        nvme-sanitize-crypto         ? ? y ? ? ? ?
        tcg-revert                   y y y ? ? ? ?
        degauss                      y n n n n n ?
        shred                        y n n n n y ?
        chip-cut                     ? y y y y ? ?
        drill-multiple               y ? ? ? ? ? ?
        drill-single                 n n n n n n n
        bend                         y ? ? ? ? ? ?
        disintegrate                 ? ? ? ? ? ? ?
        melt                         ? ? ? ? ? ? ?
        incinerate                   ? ? ? ? ? ? ?
    """,
}


def cells(text: str) -> dict[tuple[str, MediaType], str]:
    """The marks of one table, by technique and kind of medium."""
    found = {}
    for technique, *marks in map(str.split, text.strip().splitlines()):
        found.update({(technique, medium): mark for medium, mark in zip(COLUMNS, marks, strict=True)})
    return found


def done(technique: str, medium: MediaType) -> Deed:
    """The technique, carried out as well as it can be."""
    verified = "witnessed" if technique.startswith(PHYSICAL) else "full"
    return Deed(medium, technique, verified=verified, hidden_areas="none-found", passes=2, complement=True)  # type: ignore[arg-type]


def test_the_tables_name_every_policy_technique_and_medium() -> None:
    assert set(CATEGORY) == set(policy.built_in())
    assert {name for name, _ in DATA} == {name for name, table in policy.built_in().items() if table.grades_data}
    assert {data_class for _, data_class in DATA} == set(policy.DATA_CLASSES)
    every = {(technique, medium) for technique in policy.techniques() for medium in policy.MEDIA}
    for text in (*CATEGORY.values(), *DATA.values()):
        assert set(cells(text)) == every


@pytest.mark.parametrize("name", CATEGORY)
def test_the_category_in_every_cell(name: str) -> None:
    table = policy.built_in()[name]
    for (technique, medium), mark in cells(CATEGORY[name]).items():
        verdict = policy.judge(name, table, done(technique, medium))
        assert verdict.category == CATEGORIES[mark], (technique, medium)
        assert verdict.reasons or verdict.category == "purge", (technique, medium)
        assert verdict.sufficiency is None


@pytest.mark.parametrize(("name", "data_class"), DATA)
def test_what_every_cell_means_for_a_class_of_data(name: str, data_class: DataClass) -> None:
    table = policy.built_in()[name]
    for (technique, medium), mark in cells(DATA[name, data_class]).items():
        verdict = policy.judge(name, table, done(technique, medium), data_class)
        assert verdict.sufficiency == SUFFICIENCIES[mark], (technique, medium)
        unverified = policy.judge(name, table, Deed(medium, technique, passes=2, complement=True), data_class)
        assert unverified.sufficiency == "not-sufficient", (technique, medium)


def test_no_stick_or_card_is_ever_purged_and_no_overwrite_is_more_than_clear() -> None:
    for text in CATEGORY.values():
        for (technique, medium), mark in cells(text).items():
            assert not (mark == "P" and medium in ("usb-flash", "sd-emmc"))
            assert not (technique in ("host-overwrite", "write-same", "trim") and mark in "PD")
