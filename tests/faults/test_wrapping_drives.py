"""Sticks of false capacity whose addresses wrap where the challenge's places and steps could just pass by."""

import pytest

from certificates import judgement
from certificates.record import Challenge
from eraser import devices
from eraser.challenge import challenge, places, window_bytes
from eraser.target import Target
from tests.conftest import LyingDriveFactory

pytestmark = pytest.mark.nbd
GiB = 1 << 30
GB = 10**9
SEED = bytes(range(32))


def challenged(drive_node: str) -> Challenge:
    with Target(devices.at(drive_node)) as target:
        steps = challenge(target, SEED)
        while True:
            try:
                next(steps)
            except StopIteration as result:
                told: Challenge = result.value
                return told


@pytest.mark.parametrize(
    ("size", "holds"),
    [
        # As usual: a little less than the half. The step at 8 GiB is a place, so it was written, and reads right.
        (16 * GiB, 8 * GiB - 3 * 4096),
        # The step meets the last sector of the window, and reads on.
        (16 * GB, 2500 * window_bytes(16 * GB, 4096) + 512),
    ],
)
def test_a_wrap_that_leads_to_the_windows_edge_or_from_a_written_place_is_found(
    size: int, holds: int, lying_drive: LyingDriveFactory
) -> None:
    drive = lying_drive("wraps", size=size, holds=holds)
    told = challenged(str(drive.node))
    assert judgement.lies(told) and {finding.kind for finding in told.wrong} == {"another-address"}
    for finding in told.wrong:
        assert (finding.lbas.first * 512 - (finding.belongs_to or 0)) % holds == 0


def test_what_could_not_be_written_is_not_counted_as_tried(lying_drive: LyingDriveFactory) -> None:
    """Two of the places are bad spots; of the window only these are left out, not the whole of a request."""
    size, spots = 64 << 20, [(8192, 512), (16 << 20, 512)]
    drive = lying_drive("bad-spots", size=size, spots=spots, fails="writes")
    told = challenged(str(drive.node))
    assert told.places == len(places(size, 4096, SEED)) - 2 and not told.wrong
    head = drive.backing.read_bytes()[: told.window_bytes]
    assert [at for at in range(0, len(head), 4096) if not any(head[at : at + 4096])] == [8192]


def test_an_honest_drive_has_nothing_against_it(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=16 * GiB)
    told = challenged(str(drive.node))
    assert not told.wrong and told.probes > 4000
