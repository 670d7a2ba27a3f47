"""The rule for labs that cannot run here: skipped with the reason; with ERASER_LABS=required, failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONE_TEST = "tests/faults/test_lab_drives.py::test_honest_drive_keeps_every_byte"


def run_without_the_tools(tmp_path: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A test run in which no lab finds its programs."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--basetemp={tmp_path / 'inner'}", test],
        cwd=ROOT,
        env={"PATH": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="another user lacks the lab for another reason")
@pytest.mark.parametrize("test", [ONE_TEST, "tests/vm/test_boot.py"])
def test_lab_that_cannot_run(tmp_path: Path, test: str) -> None:
    skipped = run_without_the_tools(tmp_path, test)
    assert skipped.returncode == 0
    assert "SKIPPED" in skipped.stdout
    assert "lab lacks" in skipped.stdout

    failed = run_without_the_tools(tmp_path, test, ERASER_LABS="required")
    assert failed.returncode == 1
    assert "ERASER_LABS=required, but the" in failed.stdout


def test_a_test_without_its_program_says_which(tmp_path: Path) -> None:
    test = "tests/certificates/test_page_file.py::test_its_fonts_are_embedded_subsets"
    skipped = run_without_the_tools(tmp_path, test)
    assert skipped.returncode == 0 and "not installed: pdffonts" in skipped.stdout, skipped.stdout
    failed = run_without_the_tools(tmp_path, test, ERASER_LABS="required")
    assert failed.returncode == 1 and "ERASER_LABS=required, but not installed: pdffonts" in failed.stdout


def test_vm_tests_are_no_skipped_noise_outside(tmp_path: Path) -> None:
    outside = run_without_the_tools(tmp_path, "tests/vm/test_lab_itself.py")
    assert "deselected" in outside.stdout
    assert "skipped" not in outside.stdout
