"""No room, no memory, no descriptors, no threads, a defect: a job that has its number ends as NOT ERASED, with a paper, in words."""

import errno
import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates.errors import Environment, Refused
from certificates.record import Record
from eraser import devices, fleet, limits, progress, station
from eraser.control import Control
from eraser.events import JobEnded, RefusedTarget, Unrecorded
from eraser.home import Home
from eraser.order import Order
from tests.certificates import samples
from tests.lab.command import Eraser

MiB = 1 << 20
CLASSES = ("Error", "Errno", "TooMany", "Exception", "KeyError", "Traceback")

ERRORS: list[tuple[Callable[[], Exception], str]] = [
    (lambda: OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "no-descriptors"),
    (lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no-space"),
    (MemoryError, "no-memory"),
    (lambda: RuntimeError("can't start new thread"), "no-threads"),
    (lambda: KeyError("defect"), "internal-error"),
]

# Everything that a job calls once its number is taken.
STAGES = [
    "eraser.journal.Journal.__init__",
    "eraser.journal.Journal.save",
    "eraser.health.ask",
    "eraser.job.wipe",
    "eraser.writing.Writing.__init__",
    "eraser.job.verify",
    "eraser.job.read_back",
    "eraser.target.Target.reader",
    "eraser.target.Target.flush",
    "eraser.job.judge",
    "eraser.drafting.draft",
    "eraser.job.certify",
    "eraser.papers.issue",
]
LATE = ["eraser.job.recorded", "eraser.papers.entered_and_kept"]


def order(image: Path, home: Path) -> Order:
    return Order(
        target=str(image),
        device=devices.image(str(image)),
        method="keyed",
        plan="full",
        confirmed=frozenset({str(image.resolve()), image.name}),
        attached=(),
        languages=("en",),
        out=home / "certificates",
        people=samples.PEOPLE,
    )


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "disk.img"
    image.write_bytes(b"OLD DATA" * (MiB // 8))
    return image


def failing_once(monkeypatch: pytest.MonkeyPatch, stage: str, make: Callable[[], Exception], times: int = 1) -> None:
    """The first calls of a function raise; later ones do what it does."""
    import pydoc

    owner, _, name = stage.rpartition(".")
    there: Any = pydoc.locate(owner)
    right, left = getattr(there, name), [times]

    def failing(*arguments: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise make()
        return right(*arguments, **named)

    monkeypatch.setattr(there, name, failing)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("make", "cause"), ERRORS)
def test_an_error_after_the_number_was_taken_ends_as_not_erased_with_a_paper(
    make: Callable[[], Exception],
    cause: str,
    stage: str,
    image: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, asked = station.open_station(Home(tmp_path / "station")), order(image, tmp_path / "station")
    if stage not in ("eraser.job.certify", "eraser.papers.issue"):
        monkeypatch.setattr("certificates.page.render", lambda *_, **__: b"%PDF-")  # a second for each
    failing_once(monkeypatch, stage, make)
    events = list(fleet.run((asked,), opened, Control()))
    assert not [each for each in events if isinstance(each, RefusedTarget)], events[-1]
    last = events[-1]
    assert isinstance(last, JobEnded) and last.exit_code == 4 and last.outcome == "not-erased", last
    file = next(file for file in last.files if file.endswith(".json"))
    record = msgspec.json.decode(Path(file).read_bytes(), type=Record)
    assert record.interruptions[-1].cause == cause
    assert not [word for word in CLASSES if word in " ".join(each.detail for each in record.interruptions)]


@pytest.mark.parametrize("stage", LATE)
def test_where_no_record_can_be_made_it_is_no_refusal_and_the_number_gets_its_record_later(
    stage: str, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = station.open_station(Home(tmp_path / "station"))
    with monkeypatch.context() as patched:
        failing_once(patched, stage, MemoryError, times=9)
        last = list(fleet.run((order(image, tmp_path / "station"),), opened, Control()))[-1]
    assert isinstance(last, Unrecorded) and last.exit_code == 4 and "NOT ERASED" in last.message
    ran = Eraser(tmp_path / "station")("jobs", "--close", last.number, "--json")
    assert ran.code == 0 and ran.record["outcome"] == "not-erased"


def test_too_little_memory_before_the_number_is_told_in_words(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = station.open_station(Home(tmp_path / "station"))
    failing_once(monkeypatch, "eraser.papers.check_order", MemoryError)
    (last,) = fleet.run((order(image, tmp_path / "station"),), opened, Control())
    assert isinstance(last, RefusedTarget) and "memory" in last.message and "()" not in last.message


def test_a_time_zone_of_more_than_a_day_ends_no_command_with_a_traceback(image: Path, tmp_path: Path) -> None:
    eraser = Eraser(tmp_path / "station")
    eraser.environment = {**eraser.environment, "TZ": "XXX+25:61"}
    ran = eraser("wipe", "--image", image, "--confirm", image.name, "--json")
    assert ran.code == 0, ran.err
    assert eraser("ledger", "show").code == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 6 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.loop
def test_a_sparse_image_on_a_full_file_system_is_no_broken_medium(eraser: Eraser, small: Path) -> None:
    image = small / "disk.img"
    with image.open("wb") as file:
        file.truncate(16 * MiB)
    ran = eraser("wipe", "--image", image, "--confirm", "disk.img", "--json")
    assert ran.code == 4, ran.out + ran.err
    (stopped,) = ran.record["interruptions"]
    assert stopped["cause"] == "no-space" and not ran.record["passes"][0]["unwritable"]
    assert not [word for word in CLASSES if word in json.dumps(ran.record)]


@pytest.mark.loop
def test_papers_that_find_no_room_are_told_in_words(eraser: Eraser, image: Path, small: Path) -> None:
    (small / "full").write_bytes(bytes(5 * MiB + 700_000))
    ran = eraser("wipe", "--image", image, "--confirm", "disk.img", "--json", "--out", small)
    assert ran.code == 1 and "o space left" in ran.err + ran.out, ran.err
    assert not [word for word in CLASSES if word in ran.err], ran.err


def test_too_few_descriptors_are_raised_or_refused_before_anything(
    eraser: Eraser, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.run(
        eraser.command("wipe", "--image", image, "--confirm", "disk.img", "--json"),
        env=eraser.environment,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30)),
    )
    # Who may raise the limit (root, where its capabilities are whole) goes on; nobody else begins.
    if done.returncode == 5:
        assert "ulimit -n" in done.stderr and image.read_bytes() == b"OLD DATA" * (MiB // 8)
        assert not eraser("ledger", "show", "--json").lines
    else:
        assert done.returncode == 0, done.stdout + done.stderr
    boundless = resource.RLIM_INFINITY
    told = {resource.RLIMIT_NOFILE: 100, resource.RLIMIT_AS: boundless}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (told[kind], told[kind]))
    limits.check()
    with pytest.raises(Refused):
        limits.check(media=8)
    told |= {resource.RLIMIT_NOFILE: boundless, resource.RLIMIT_AS: 900 * MiB}
    limits.check()
    with pytest.raises(Refused):
        limits.check(media=2)


# Without the right to raise them again, as an ordinary user.
BOUND = ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]


def limited(eraser: Eraser, image: Path, kind: int, limit: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*(BOUND if os.geteuid() == 0 else []), *eraser.command("wipe", "--image", image, "--confirm", "disk.img")],
        env=eraser.environment,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)),
    )


def test_too_little_address_space_is_refused_before_anything(eraser: Eraser, image: Path) -> None:
    done = limited(eraser, image, resource.RLIMIT_AS, 300 * MiB)
    assert done.returncode == 5 and "ulimit -v" in done.stderr, done.stderr
    assert image.read_bytes() == b"OLD DATA" * (MiB // 8)


def test_a_limit_on_the_size_of_files_is_no_broken_medium(eraser: Eraser, image: Path) -> None:
    with image.open("r+b") as file:
        file.truncate(8 * MiB)
    done = limited(eraser, image, resource.RLIMIT_FSIZE, 2 * MiB)
    assert done.returncode == 4 and "bad sectors" not in done.stderr, done.stderr
    assert "does not allow a file" in done.stderr and "()" not in done.stderr
    (ended,) = eraser("ledger", "show", "--json").of("job-ended")
    assert ended["outcome"] == "not-erased"


def test_the_summary_counts_a_job_that_got_no_record() -> None:
    without = Unrecorded("b.img", "AAAAAAAA-000002", 4, "NOT ERASED", "")
    told = progress.summary([RefusedTarget("a.img", 5, "refused.busy", "", ""), without])
    assert "2 media" in told[0] and "1 not erased" in told[0] and "1 refused" in told[0]
    assert any("b.img" in line and "NOT ERASED" in line for line in told[1:])


def test_no_number_is_taken_for_a_medium_that_went_away_just_before(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = station.open_station(Home(tmp_path / "station"))
    failing_once(
        monkeypatch, "eraser.target.Target.attachment", lambda: OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    )
    (told,) = fleet.run((order(image, tmp_path / "station"),), opened, Control())
    assert isinstance(told, RefusedTarget) and image.read_bytes() == b"OLD DATA" * (MiB // 8)
    assert not Eraser(tmp_path / "station")("ledger", "show", "--json").lines


def test_a_problem_is_told_by_what_it_is_about() -> None:
    from eraser.troubles import cause_of, in_words

    problem = Environment("journal.unwritable", path="/x", detail="y")
    assert cause_of(problem, "write-error") == "no-journal" and "/x" in in_words(problem)


def test_a_home_that_went_away_is_told_in_words(eraser: Eraser, image: Path, tmp_path: Path) -> None:
    image.write_bytes(bytes(8 * MiB))
    words = ("--image", image, "--confirm", "disk.img", "--method", "keyed", "--json", "--rate", "4M")
    running = eraser.start("wipe", *words)
    assert running.stdout is not None and '"job-started"' in running.stdout.readline()
    eraser.home.rename(tmp_path / "away")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1 and "No such file" in out + err, out + err
    assert "Errno" not in out + err
