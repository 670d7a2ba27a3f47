"""A second person's check, told once: identify, take a number, compare with the certificate, record. Nothing on this way can write to the
medium."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from blake3 import blake3

from certificates import check
from certificates.check import Checked, CheckRecord, FormatState, Halt
from certificates.emptiness import MOST_SECTORS
from certificates.errors import Environment, Refused
from certificates.ledger import CheckStarted
from certificates.record import Medium, Record, Reformat, Replug, Verification
from certificates.values import LbaRange
from eraser import control, devices, drafting, formatting, papers, replugging
from eraser.clock import in_one_time
from eraser.control import Control
from eraser.devices import Device, attachment
from eraser.events import Replugging
from eraser.inspecting import Asked
from eraser.papers import Papers, Recorded
from eraser.station import Station
from eraser.troubles import cause_of, in_words
from verifier import plans
from verifier.content import Content, Keyed, Repeated
from verifier.crew import Span, blocks
from verifier.faults import MediumGone
from verifier.findings import content_at
from verifier.looking import Looking
from verifier.plans import SEED_BYTES, Plan, PlanName, SampleSize
from verifier.reading import Reader

MiB = 1 << 20


def identify(target: Path) -> Device:
    """What is to be checked. Raises Environment if there is nothing that could be read."""
    try:
        is_file = stat.S_ISREG(target.stat().st_mode)
        return devices.image(str(target)) if is_file else devices.at(str(target))
    except OSError as error:
        raise Environment("verify.no_medium", target=target, detail=error.strerror or error) from error
    except Refused as problem:
        detail = problem.values.get("detail") or os.strerror(errno.ENOTBLK)
        raise Environment("verify.no_medium", target=target, detail=detail) from problem


def expected(record: Record) -> Content:
    """What the certificate says is on the medium."""
    content = record.passes[-1].content
    return Keyed(bytes.fromhex(content.key)) if content.key else Repeated(bytes.fromhex(content.pattern or ""))


def opened(path: Path, device: Device) -> Reader:
    """The medium of the first look, open for reading only. Raises OSError, MediumGone if the name now means another medium."""
    reader = Reader(path)
    if (reader.size, attachment(reader.descriptor)) != (device.medium.capacity_bytes, device.attachment):
        reader.close()
        raise MediumGone(f"{path} is another medium now")
    if not reader.is_block:
        reader.sector_bytes = device.medium.logical_sector_bytes
    return reader


def begin(device: Device, certificate: Checked, asked: Asked, station: Station) -> CheckStarted:
    """Take the number. Raises Environment, Refused if the papers could not be drawn, kept or entered."""
    papers.check_ready(asked.out, station.home, asked.names)
    station.check_ledger()
    return station.ledger.append(
        lambda place: CheckStarted(
            seq=place.seq,
            at=station.now(),
            job=place.job,
            number=place.number,
            medium=device.medium,
            of=certificate.number,
            checked=certificate.digest,
            asset_tag=asked.asset_tag,
        )
    )


class Comparison:
    """Comparing, step by step. Iterate `run` for bytes compared and the steps of plugging in again; afterwards the rest tells what came
    of it, however it ended."""

    def __init__(
        self, device: Device, record: Record, certificate: Checked, plan: PlanName, size: SampleSize | None
    ) -> None:
        certified = certificate.medium
        if device.kind == "image":  # a file has no sectors of its own: it is counted in the certificate's
            sizes = {name: getattr(certified, name) for name in ("logical_sector_bytes", "physical_sector_bytes")}
            device = msgspec.structs.replace(device, medium=msgspec.structs.replace(device.medium, **sizes))
        self.device = device
        self.verification: Verification | None = None
        self.plan: Plan | None = None
        self.format: FormatState | None = None
        self.format_sectors: int | None = None
        self.halt: Halt | None = None
        self.replug: Replug | None = None
        self.seconds = 0.0
        self._record, self._certificate = record, certificate
        self._name, self._size = plan, size

    @property
    def path(self) -> Path:
        medium = self.device.medium
        return Path(medium.path or "") if self.device.kind == "image" else Path(medium.node)

    def run(self, station: Station, asked_to_stop: Control, *, replug: bool) -> Iterator[int | Replugging]:
        """Yields about ten times a second."""
        try:
            if self.device.medium.capacity_bytes != self._certificate.medium.capacity_bytes:
                return
            if replug:
                yield from self._plugged_in_again(station, asked_to_stop)
            yield from self._compare(station, asked_to_stop)
        except control.Stopped as error:
            self.halt = Halt(error.cause, "")
        except Exception as error:  # the number is taken: whatever it was, a record follows
            self.halt = Halt(cause_of(error, "read-error"), in_words(error))

    def _plugged_in_again(self, station: Station, asked_to_stop: Control) -> Iterator[Replugging]:
        before, asked, seconds = self.device.medium, station.now(), asked_to_stop.replug_seconds
        steps = replugging.awaited(before, replugging.attachments(), asked_to_stop.check, patience=seconds)

        def told(step: replugging.Step) -> Replugging:
            return Replugging(before.node, self._certificate.number, step.name, step.nodes, seconds)

        yield told(replugging.Step("asked", before.node))
        while True:
            try:
                yield told(next(steps))
            except StopIteration as result:
                self.device = result.value
                break
        now = self.device.medium
        self.replug = Replug(asked, station.now(), now.node, now.path, before.diskseq or 0, now.diskseq or 0)
        yield told(replugging.Step("back", now.node))

    def _compare(self, station: Station, asked_to_stop: Control) -> Iterator[int]:
        medium, certified = self.device.medium, self._certificate.medium
        content, reformat = expected(self._record), self._certificate.reformat
        excused = _spans(self._certificate.exceptions, certified)
        excused += _spans(reformat.ranges if reformat else (), certified)
        with opened(self.path, self.device) as reader:
            # Places that nobody could foresee: drawn now, from the checker's own chance.
            self.plan = plans.by_name(
                self._name, reader.size, reader.sector_bytes, station.entropy(SEED_BYTES), self._size
            )
            # By the certificate's sectors: of a larger one here, no more is excused than the certificate lists.
            unit, queue = certified.logical_sector_bytes, devices.queue(medium.node)
            looking = Looking(reader, self.plan, content, excused=excused, queue=queue, unit=unit)
            started, began = station.now(), time.monotonic()
            try:
                for done in looking:
                    yield done
                    station.clock.look()
                    asked_to_stop.check()
            finally:
                self.seconds = round(time.monotonic() - began, 3)
                of_pass, gaps = self._record.method.passes_asked, bool(excused)
                self.verification = drafting.verification(
                    self.plan, looking.seen, of_pass, started, station.now(), certified, gaps=gaps
                )
            if reformat is not None:
                self.format, self.format_sectors = format_state(reader, reformat, content, certified)


def format_state(
    reader: Reader, reformat: Reformat, content: Content, certified: Medium
) -> tuple[FormatState, int | None]:
    """What stands where the certificate announces a format, and how many of its sectors are not zeros. Raises OSError.

    The digest alone shows nothing: whoever wrote the certificate may have taken it of anything. An empty file system is nearly all zeros.
    """
    spans, sector = _spans(reformat.ranges, certified), certified.logical_sector_bytes
    hasher, untouched, counted = blake3(), True, 0
    for span in spans:
        for offset, length in blocks(span.offset, span.offset + span.length, MiB):
            piece = bytes(reader.read(offset, length))
            hasher.update(piece)
            untouched = untouched and piece == content_at(content, offset, length)
            counted += formatting.filled_sectors(piece, sector)
    as_announced = hasher.hexdigest() == reformat.blake3
    if untouched and not as_announced:
        return "absent", None
    if counted > MOST_SECTORS[reformat.file_system]:
        return "not-empty", counted
    return ("as-certified" if as_announced else "changed"), counted


def _spans(ranges: tuple[LbaRange, ...], certified: Medium) -> list[Span]:
    sector = certified.logical_sector_bytes
    return [Span(each.first * sector, (each.last - each.first + 1) * sector) for each in ranges]


def record(
    comparison: Comparison, certificate: Checked, asked: Asked, entry: CheckStarted, station: Station
) -> Recorded[CheckRecord]:
    """Sign, draw, enter into the ledger and keep what came of it."""
    now = station.now()
    made = check.named(
        CheckRecord(
            schema="eraser/check/1",
            number=entry.number,
            outcome="not-confirmed",
            issued=now,
            started=entry.at,
            ended=now,
            languages=asked.languages,
            certificate=certificate,
            medium=comparison.device.medium,
            same_identity=None,
            differences=(),
            verification=comparison.verification,
            format=comparison.format,
            format_sectors=comparison.format_sectors,
            against=(),
            halt=comparison.halt,
            replug=comparison.replug,
            people=asked.people,
            asset_tag=asked.asset_tag,
            reason=asked.reason,
            station=station.described(),
        )
    )
    made = in_one_time(made, entry.at, station.clock)
    issued: Papers[CheckRecord] = papers.issue(made, station.key, endorsement=station.endorsement())
    return papers.entered_and_kept(issued, entry, asked.out, station)
