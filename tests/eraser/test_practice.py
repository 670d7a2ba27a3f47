"""The practice medium: formatted for the system, full for a recovery tool."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.practice import LARGEST, SMALLEST, make_practice_medium, plan_fat16
from tests.lab.available import needs
from tests.verifier import corpus
from tests.verifier.inspecting import finish_image, found
from verifier.carving import SECTOR

MIB = 1 << 20


@pytest.mark.parametrize("size", [SMALLEST, 33 * MIB + 512 * 7, 260 * MIB])
def test_it_is_formatted_and_still_full(size: int, tmp_path: Path) -> None:
    path = tmp_path / "practice.img"
    files = make_practice_medium(path, size, 1)
    assert path.stat().st_size == size
    assert len({file.kind for file in files}) >= 12
    result = finish_image(path)
    assert found(result).items() <= {file.offset: file.kind for file in files}.items()
    assert result.recoverable == len(files)
    assert [(s.name, s.label) for s in result.layout.structures] == [("vfat", "SAMPLE")]
    if shutil.which("fsck.fat"):
        checked = subprocess.run(["fsck.fat", "-n", str(path)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout
        assert "0/" in checked.stdout


def test_it_gives_its_files_back_to_photorec(tmp_path: Path) -> None:
    needs("photorec")
    path = tmp_path / "practice.img"
    files = {file.offset: file for file in make_practice_medium(path, 16 * MIB, 1)}
    recovered = corpus.photorec(path)
    assert set(recovered) <= set(files)
    binary = {offset for offset, file in files.items() if file.kind not in ("eml", *corpus.ENCODINGS)}
    assert binary <= set(recovered)


def test_it_comes_from_its_seed(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("1", "2", "3"))
    assert make_practice_medium(one, SMALLEST, 5) == make_practice_medium(two, SMALLEST, 5)
    assert make_practice_medium(three, SMALLEST, 6) != make_practice_medium(tmp_path / "4", SMALLEST, 5)
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(FileExistsError):
        make_practice_medium(one, SMALLEST, 5)


@given(st.integers(SMALLEST // SECTOR, LARGEST // SECTOR))
def test_every_size_has_a_fat16_layout(sectors: int) -> None:
    plan = plan_fat16(sectors * SECTOR)
    assert 4085 <= plan.clusters <= 65524
    assert (plan.clusters + 2) * 2 <= plan.fat_sectors * SECTOR
    assert plan.data_offset + plan.clusters * plan.cluster_bytes <= sectors * SECTOR


@pytest.mark.parametrize("size", [0, SMALLEST - 512, SMALLEST + 1, LARGEST + 512])
def test_other_sizes_are_refused(size: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="practice medium"):
        make_practice_medium(tmp_path / "x.img", size, 1)
    assert not (tmp_path / "x.img").exists()
