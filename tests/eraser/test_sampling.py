"""The plan `sample` as a user meets it: foretold, carried out, on record, resumed, and checked again by others."""

import os
import signal
from pathlib import Path

import msgspec
import pytest

from certificates import sampling
from certificates.record import Sampling
from eraser import drafting
from tests.certificates import samples
from tests.lab.command import Eraser
from verifier import plans
from verifier.plans import SampleSize

SIZE = 24 << 20
SAMPLE = ("--verify", "sample", "--confidence", "99", "--residual", "0.2")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "stick.img"
    with image.open("wb") as file:
        file.truncate(SIZE)
    return image


def wipe(eraser: Eraser, image: Path, *arguments: str) -> list[object]:
    return ["wipe", "--image", image, "--confirm", image.name, "--json", "--method", "keyed", *arguments]


def test_a_sample_from_the_dry_run_to_the_receiver(eraser: Eraser, image: Path) -> None:
    foretold = eraser(*wipe(eraser, image, *SAMPLE, "--dry-run"))
    assert foretold.code == 0 and not list(eraser.home.glob("certificates/*"))
    (row,) = foretold.of("plan")
    assert (row["plan"], row["claim"]["confidence"], row["claim"]["residual_at_most"]) == ("sample", "0.99", "0.002")
    assert row["seconds"] > 0 and "99 %" in row["proves"][0] and f"{row['drawn']:,} places" in row["proves"][0]

    ran = eraser(*wipe(eraser, image, *SAMPLE))
    assert ran.code == 0, ran.out + ran.err
    check = ran.record["verification"]
    assert check["sampling"] == {"strata": row["drawn"], "block_bytes": 4096, "confidence": "0.99", "residual": "0.002"}
    again = plans.sample(SIZE, 512, bytes.fromhex(check["seed"]), SampleSize("0.99", "0.002"))
    assert (check["places"], check["bytes_compared"]) == (len(again.places), again.bytes_to_read)
    assert check["claim"]["longest_unseen_bytes"] == again.longest_unseen_bytes
    assert again.longest_unseen_bytes <= row["claim"]["longest_unseen_bytes"]
    assert "at least 99 %" in ran.job["proves"][0] and ran.job["proves"][1].startswith("Assumed")

    paper = ran.paper(".pdf")
    assert eraser("audit", paper).code == 0
    seen = eraser("verify", image, "--certificate", paper, "--verify", "sample", "--places", "2500", "--json")
    assert seen.code == 0, seen.out + seen.err
    (told,) = seen.of("verification")
    assert told["seed"] != check["seed"], "the verifier draws places of his own"
    assert told["sampling"]["strata"] == 2500 and told["sampling"]["residual"] is None
    assert told["claim"]["residual_at_most"] == "0.00277"  # 17 of 6,144 blocks
    before = image.stat().st_mtime_ns
    (row,) = eraser("verify", image, "--certificate", paper, *SAMPLE, "--dry-run", "--json").of("plan")
    assert row["claim"]["confidence"] == "0.99" and image.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("size", "sector"), [(835_812, 512), (1_438_884, 4096), (835_584, 512), (1_434_624, 512), (1_000_000, 512)]
)
def test_an_auditor_draws_the_same_places_on_media_of_any_size(size: int, sector: int) -> None:
    """Worked out twice and in two ways: here and in the package that an auditor has. An image may end in part of a sector."""
    medium = msgspec.structs.replace(samples.DISK, capacity_bytes=size, logical_sector_bytes=sector)
    for number in range(60):
        seed = number.to_bytes(32, "big")
        for plan in (
            plans.sample(size, sector, seed, SampleSize(residual=None, places=40)),
            plans.nist_r1(size, sector, seed),
        ):
            told = samples.full(medium, 1, plan=plan.name, seed=seed.hex(), sampling=drafting.sampling(plan))
            if plan.name == "full":
                continue
            again = sampling.drawn_again(told, medium)
            assert again == (len(plan.places), plan.bytes_to_read, plan.longest_unseen_bytes)


def test_one_changed_block_is_named_by_a_full_check_and_by_a_sample_only_if_it_is_met(
    eraser: Eraser, image: Path
) -> None:
    paper = eraser(*wipe(eraser, image)).paper(".pdf")
    with image.open("r+b") as file:
        os.pwrite(file.fileno(), bytes(4096), 5 << 20)
    told = eraser("verify", image, "--certificate", paper, "--verify", "full", "--json")
    assert told.code == 6
    assert told.of("verification")[0]["findings"][0]["lbas"] == {"first": 10240, "last": 10247}
    told = eraser("verify", image, "--certificate", paper, "--verify", "sample", "--places", "2000", "--json")
    (row,) = told.of("verification")
    seed = bytes.fromhex(row["seed"])
    places = plans.sample(SIZE, 512, seed, SampleSize("0.999", None, 2000)).places
    met = any(place.offset <= 5 << 20 < place.offset + place.length for place in places)
    assert told.code == (6 if met else 0) and (row["claim"] is None) == met


def test_a_resumed_job_is_verified_as_it_was_ordered(eraser: Eraser, image: Path) -> None:
    running = eraser.start(*wipe(eraser, image, *SAMPLE, "--rate", "8M"))
    assert running.stdout is not None
    for line in running.stdout:
        if '"progress"' in line:
            break
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    ran = eraser("resume", "--json")
    assert ran.code == 0, ran.out + ran.err
    check = ran.record["verification"]
    assert check["plan"] == "sample" and check["sampling"]["residual"] == "0.002"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--places", "100"),
        ("--verify", "nist-r1", "--confidence", "99"),
        ("--verify", "sample", "--places", "100", "--residual", "1"),
        ("--verify", "sample", "--confidence", "100"),
        ("--verify", "sample", "--confidence", "49"),
        ("--verify", "sample", "--residual", "0"),
        ("--verify", "sample", "--residual", "51"),
        ("--verify", "sample", "--places", "0"),
        ("--verify", "sample", "--confidence", "nan"),
    ],
)
def test_orders_that_make_no_sense_are_refused_in_words(
    arguments: tuple[str, ...], image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from eraser import cli

    with pytest.raises(SystemExit) as ended:
        cli.main(["wipe", "--image", str(image), "--confirm", image.name, *arguments])
    assert ended.value.code == 2
    assert "--" in capsys.readouterr().err


def test_dry_run_says_it_in_words_in_both_languages(eraser: Eraser, image: Path) -> None:
    order = ("wipe", "--image", image, "--confirm", image.name, "--dry-run")
    english, japanese = eraser(*order, "--verify", "nist-r1", "--lang", "en"), eraser(*order, *SAMPLE, "--lang", "ja")
    assert english.code == japanese.code == 0
    for words in ("If no other data is found, the certificate will say", "99 %", "Assumed", "Nothing was written"):
        assert words in english.out, words
    for words in ("所要時間", "媒体の0.2 %を超える別の内容", "99 %以上の確率", "前提", "書き込みは行っていません"):
        assert words in japanese.out, words
    assert not any(image.read_bytes())


def test_dry_run_asks_for_no_identity_and_says_which_one_the_wipe_takes(eraser: Eraser, image: Path) -> None:
    ran = eraser("wipe", "--image", image, "--dry-run", "--lang", "ja")
    assert ran.code == 0, ran.err
    assert f"消去するには --confirm {image.name}" in ran.out
    assert eraser("wipe", "--image", image, "--dry-run", "--confirm", "other").code == 2
    assert eraser("wipe", "--image", image).code == 5
    assert not any(image.read_bytes())


@pytest.mark.parametrize(
    "arguments",
    [("--places", "1"), ("--places", "1999"), ("--confidence", "99", "--residual", "1"), ("--residual", "50")],
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_sample_too_small_to_confirm_anything_is_refused_before_anything(
    arguments: tuple[str, ...], dry: tuple[str, ...], eraser: Eraser, image: Path
) -> None:
    ran = eraser(*wipe(eraser, image, "--verify", "sample", *arguments, *dry))
    assert ran.code == 2 and "2,000" in ran.err and "--places 2000" in ran.err, ran.err
    assert not any(image.read_bytes()) and not (eraser.home / "ledger.sqlite").exists()


def test_a_check_by_a_sample_too_small_is_refused_and_takes_no_number(eraser: Eraser, image: Path) -> None:
    paper = eraser(*wipe(eraser, image)).paper(".pdf")
    for dry in ((), ("--dry-run",)):
        ran = eraser("verify", image, "--certificate", paper, "--verify", "sample", "--places", "12", *dry)
        assert ran.code == 2 and "--places 2000" in ran.err, ran.err
    assert not eraser("ledger", "show", "--json").of("check-started")


def test_on_the_smallest_media_every_sample_reads_everything(eraser: Eraser, tmp_path: Path) -> None:
    """One place of a block is the whole medium: a full reading, which confirms."""
    image = tmp_path / "tiny.img"
    image.write_bytes(bytes(4096))
    ran = eraser(*wipe(eraser, image, "--verify", "sample", "--places", "1"))
    assert ran.code == 0 and ran.record["verification"]["plan"] == "full"


def test_of_two_checks_the_one_that_looked_at_more_is_the_stronger() -> None:
    whole, many = (
        samples.full(samples.DISK, 1),
        samples.sampled(samples.DISK, 1, Sampling(6905, 4096, "0.999", "0.001")),
    )
    fewer = samples.sampled(samples.DISK, 1, Sampling(2000, 4096, "0.99", None))
    nist = samples.sampled(samples.DISK, 1)
    order = (whole, many, nist, fewer)
    for at, stronger in enumerate(order):
        assert all(sampling.at_least_as_strong(stronger, each) for each in order[at:])
    assert not sampling.at_least_as_strong(many, whole) and not sampling.at_least_as_strong(nist, many)
    assert sampling.at_least_as_strong(fewer, nist), "as many places"
    found = msgspec.structs.replace(fewer, different_sectors=1, claim=None)
    assert sampling.can_clear(whole, found) and not sampling.can_clear(many, found)
