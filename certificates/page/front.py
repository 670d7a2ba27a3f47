"""The first page, section by section: medium, what was done, what was checked, what remains, who and where, evidence."""

from __future__ import annotations

import msgspec

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Column, Field, fields, hexadecimal, prose, table
from certificates.page.dates import moment
from certificates.page.glyphs import spelt
from certificates.page.parts import MAIN, Annexed, Writer, merged
from certificates.page.say import Phrase
from certificates.record import Finding, LbaRange, Medium, Record

BUSES = {"usb": "USB", "sata": "SATA", "ata": "ATA", "nvme": "NVMe", "scsi": "SCSI", "sas": "SAS", "mmc": "MMC"}


class Limits(msgspec.Struct, frozen=True):
    """How much of each list the first page takes before the annex does."""

    lines: int = 3
    passes: int = 3
    ranges: int = 12
    interruptions: int = 3
    evidence: int = 4
    small: bool = False
    boxes: int = 6
    seed: bool = True


class Section(msgspec.Struct, frozen=True):
    title: Phrase
    blocks: tuple[Block, ...]


def sections(record: Record, limits: Limits, annexed: Annexed) -> tuple[Section, ...]:
    front = _Front(record, limits, annexed)
    parts = {
        "medium": front.medium(),
        "done": front.done(),
        "checked": front.checked(),
        "remains": front.remains(),
        "people": front.people(),
        "evidence": front.evidence(),
    }
    return tuple(Section(front.say(f"page.section.{name}"), blocks) for name, blocks in parts.items() if blocks)


class _Front(Writer):
    def __init__(self, record: Record, limits: Limits, annexed: Annexed) -> None:
        super().__init__(record, annexed, limits.lines)
        self.limits = limits

    def medium(self) -> tuple[Block, ...]:
        medium, told = self.record.medium, self.say.told
        node = told(medium.node if medium.diskseq is None else f"{medium.node}, {medium.diskseq}")
        capacity: Phrase = (
            f"{self.bytes(medium.capacity_bytes)[0]}, LBA {figures.lbas(self.record.coverage.addressed)}",
        )
        sizes: Phrase = (
            f"{figures.count(medium.logical_sector_bytes)} / {figures.count(medium.physical_sector_bytes)} B",
        )
        return (
            fields(
                [
                    [
                        self.field("model", told(medium.model), 6, ty.STRONG),
                        self.field("serial", told(medium.serial), 6, ty.STRONG),
                    ],
                    [
                        self.field("asset-tag", self.say.given(self.record.asset_tag), 3, ty.VALUE_BOLD),
                        self.field("vendor", told(medium.vendor), 3),
                        self.field("capacity", capacity, 6),
                    ],
                    [
                        self.field("media-type", self._kind(medium), 7),
                        self.field("bus", told(BUSES.get(medium.bus or "", medium.bus)), 2),
                        self.field("sectors", sizes, 3),
                    ],
                    [
                        self.field("wwn", told(medium.wwn), 3, ty.CODE),
                        self.field("firmware", told(medium.firmware), 2, ty.CODE),
                        self.field("node", node, 3, ty.CODE),
                        self.field("path", told(medium.path), 4, ty.CODE),
                    ],
                ],
                MAIN,
            ),
        )

    def _kind(self, medium: Medium) -> Phrase:
        """What it is; and, as far as the kernel told, whether it rotates and comes off."""
        kind = self.say("page.medium.image-file" if medium.kind == "image-file" else f"page.medium.{medium.media_type}")
        told = []
        if medium.rotational is not None:
            told.append(self.say("page.build.rotating" if medium.rotational else "page.build.solid"))
        if medium.removable is not None:
            told.append(self.say("page.build.removable" if medium.removable else "page.build.fixed"))
        if not told:
            return kind
        build = (self.say("page.build.both", first=told[0], second=told[1])) if len(told) == 2 else told[0]
        return self.say("page.build.of", kind=kind, build=build)

    def done(self) -> tuple[Block, ...]:
        record = self.record
        names = self.say.per_language({"en": record.method.name.en, "ja": record.method.name.ja})
        method = (f"{names[0]} ({spelt(record.method.id)})", *names[1:])
        blocks = [
            fields(
                [
                    [
                        self.field("method", method, 7, ty.STRONG),
                        self.field("technique", self.say(f"page.technique.{record.technique}"), 5),
                    ]
                ],
                MAIN,
            ),
            *self._passes(),
        ]
        if record.method.why is not None:
            blocks.append(
                prose([self.say.per_language({"en": record.method.why.en, "ja": record.method.why.ja})], MAIN, ty.NOTE)
            )
        blocks += [self._key(), *self._verdicts()]
        return tuple(blocks)

    def _passes(self) -> list[Block]:
        record, asked = self.record, self.record.method.passes_asked
        if max(asked, len(record.passes)) <= self.limits.passes:
            started = {each.number for each in record.passes}
            rows = [self.pass_row(each) for each in record.passes]
            rows += [self.unstarted_row(number) for number in range(1, asked + 1) if number not in started]
            return [table(self.pass_columns(), rows, MAIN)]
        self.annexed.topics.add("passes")
        last = [self.pass_row(each) for each in record.passes[-1:]] or [self.unstarted_row(1)]
        block = table(self.pass_columns(), last, MAIN)
        return [block, prose([self.say("page.pass.more", count=asked)], MAIN, ty.NOTE)]

    def _key(self) -> Block:
        key = self.record.passes[-1].content.key if self.record.passes else None
        label = self.say("page.label.key")
        if key:
            return hexadecimal(label, key, MAIN, self.say("page.content.key-note"))
        fixed = bool(self.record.passes) and self.record.passes[-1].content.kind == "fixed"
        value = self.say("page.content.no-key") if fixed else None
        return fields([[Field(label, value, 12, self.say("page.not-recorded"))]], MAIN)

    def _verdicts(self) -> list[Block]:
        """Each category with the policies that grant it for the same reasons."""
        verdicts = self.record.verdicts
        if self.record.technique == "host-overwrite" and any(
            each.category not in ("clear", "none") for each in verdicts
        ):
            raise ValueError("a host overwrite is Clear at most")
        if not verdicts:
            return [fields([[self.field("category", None, 12)]], MAIN)]
        groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for each in verdicts:
            groups.setdefault((each.category, each.reasons), []).append(each.edition)
        blocks = []
        for (category, reasons), editions in groups.items():
            name = self.field("category", self.say(f"page.category.{category}"), 3, ty.STRONG)
            policies = self.field("policy", self.say.told("; ".join(editions)), 9, ty.TEXT)
            why = [self.say(f"verdict.{code}") for code in reasons]
            blocks.append(fields([[name, policies]], MAIN))
            if why:
                blocks.append(prose([self.together(why)], MAIN, ty.NOTE))
        return blocks

    def checked(self) -> tuple[Block, ...]:
        seen = self.record.verification
        if seen is None:
            rows = [[self.field("result", self.result(None), 12, ty.VALUE_BOLD)]]
            return (fields(rows, MAIN), prose([self._challenge_told()], MAIN))
        amount = f"{figures.count(seen.bytes_compared)} / {figures.count(seen.bytes_to_read)} B"
        share = figures.percent(seen.bytes_compared, seen.bytes_to_read)
        rows = [
            [
                self.field("result", self.result(seen), 7, ty.VALUE_BOLD),
                self.field("plan", self.say(f"page.plan.{seen.plan}"), 5),
            ],
            [
                self.field("duration", self.span_of_time(seen.started, seen.ended), 5, ty.CODE),
                self.field("places", (figures.count(seen.places),), 2),
                self.field("compared", (f"{amount} ({share})",), 5, ty.CODE),
            ],
        ]
        blocks = [fields(rows, MAIN)]
        if seen.seed and self.limits.seed:
            blocks.append(hexadecimal(self.say("page.label.seed"), seen.seed, MAIN))
        elif seen.seed:
            self.annexed.add(self.say("page.label.seed"), (seen.seed,))
        told = [self._led("claim", self._claim()), self._challenge_told()]
        blocks.append(prose([*told, *self._earlier()], MAIN))
        before, after = self.record.health_before, self.record.health_after
        if before is not None or after is not None:
            blocks.append(self.health(before, after))
        return tuple(blocks)

    def _earlier(self) -> list[Phrase]:
        """Verifications of passes before the last: each in a sentence."""
        sentences = []
        for seen in self.record.earlier_verifications:
            label = self.say("page.label.earlier", number=seen.of_pass)
            told = zip(self.say(f"page.plan.{seen.plan}"), self.result(seen), strict=True)
            sentences.append(self._after(label, tuple(f"{plan}; {result}" for plan, result in told)))
        return sentences

    def _claim(self) -> Phrase:
        seen, values = self.record.verification, self.claim_values()
        if seen is None or values is None:
            whole = seen is not None and seen.plan == "full" and seen.complete and not seen.different_sectors
            return self.say("page.claim.full-except" if whole else "page.claim.none")
        return self.say("page.claim.full" if seen.plan == "full" else "page.claim.sample", **values)

    def _led(self, label: str, text: Phrase) -> Phrase:
        """A sentence with its label before it."""
        return self._after(self.say(f"page.label.{label}"), text)

    def _after(self, label: Phrase, text: Phrase) -> Phrase:
        colons = ("：" if language == "ja" else ": " for language in self.say.languages)
        return tuple("".join(parts) for parts in zip(label, colons, text, strict=True))

    def _challenge_told(self) -> Phrase:
        challenge = self.record.challenge
        if challenge is None:
            text = self.say("page.challenge.not-done")
        else:
            values = {"places": figures.count(challenge.places), "size": f"{figures.count(challenge.place_bytes)} B"}
            wrong = len(challenge.wrong)
            text = (
                self.say("page.challenge.failed", wrong=wrong, **values)
                if wrong
                else self.say("page.challenge.passed", **values)
            )
            if wrong:
                self.annexed.topics.add("challenge")
        return self._led("challenge", text)

    def remains(self) -> tuple[Block, ...]:
        exceptions = self._exceptions()
        stops = self.record.interruptions
        blocks: list[Block] = []
        none = self.say("page.none")
        if exceptions:
            blocks.append(exceptions)
        line = [
            self._led(name, none) for name, there in (("exceptions", exceptions), ("interruptions", stops)) if not there
        ]
        line.append(self._led("hidden", self.say(f"page.hidden.{self.record.coverage.hidden_areas}")))
        if self.record.health_before is None and self.record.health_after is None:
            line.append(self._led("health", self.say("page.not-recorded")))
        if (continues := self.say.given(self.record.continues)) is not None:
            line.append(self._led("continues", continues * len(self.say.languages)))
        blocks.append(prose([self.together(line, ("　", ";  "))], MAIN))
        if stops:
            shown = stops[-self.limits.interruptions :]
            if len(shown) < len(stops) or any(len(each.detail) > 90 for each in stops):
                self.annexed.topics.add("interruptions")
            shown = tuple(msgspec.structs.replace(each, detail=_short(each.detail, 90)) for each in shown)
            blocks.append(table(self.interruption_columns(), [self.interruption_row(each) for each in shown], MAIN))
        risks = [self.risk(code) for code in self.record.residual_risks]
        blocks.append(prose(risks or [none], MAIN, ty.NOTE if self.limits.small else ty.TEXT, mark="■"))
        return tuple(blocks)

    def _exceptions(self) -> Block | None:
        record, rows = self.record, []
        unwritable = merged(tuple(extent for each in record.passes for extent in each.unwritable))
        if unwritable:
            rows.append(
                self._exception(
                    self.say("page.finding.unwritable"), figures.sectors(unwritable), unwritable, "unwritable"
                )
            )
        if (seen := record.verification) is not None:
            lost = tuple(each for each in seen.findings if each.kind == "unreadable")
            other = tuple(each for each in seen.findings if each.kind != "unreadable")
            if seen.different_sectors or other:
                rows.append(self._exception(self.kinds(other), seen.different_sectors, _extents(other), "findings"))
                self.annexed.topics.add("findings")
            if seen.unreadable_sectors or lost:
                rows.append(
                    self._exception(
                        self.say("page.finding.unreadable"), seen.unreadable_sectors, _extents(lost), "findings"
                    )
                )
        if not rows:
            return None
        names = (("exceptions", 34), ("sector-count", 16), ("lbas", 72))
        return table([Column(self.say(f"page.label.{name}"), share) for name, share in names], rows, MAIN)

    def _exception(self, kind: Phrase, number: int, extents: tuple[LbaRange, ...], topic: str) -> tuple[Cell, ...]:
        listed = ", ".join(figures.lbas(extent) for extent in extents[: self.limits.ranges]) or "–"
        if len(extents) > self.limits.ranges or (topic == "findings" and figures.sectors(extents) < number):
            self.annexed.topics.add(topic)
            listed = f"{listed}, … {self.say('page.annexed')[0]}"
        return (kind, (figures.count(number),), (listed,))

    def people(self) -> tuple[Block, ...]:
        record, given, told = self.record, self.say.given, self.say.told
        people, station = record.people, record.station
        reason = None if record.reason is None else self.say(f"page.reason.{record.reason}")
        first, last = moment(record.started), moment(record.ended)
        job: Phrase = (f"{first.stamp} – {last.stamp} {last.zone}",)
        rows = [
            [
                self.field("operator", given(people.operator), 2),
                self.field("witnesses", self.people_named(people.witnesses) if people.witnesses else None, 2),
                self.field("validator", given(people.validator), 3),
                self.field("location", given(people.location), 3),
                self.field("reason", reason, 2),
            ],
            [
                self.field("job", job, 5, ty.CODE),
                self.field("station", told(station.host), 2, ty.CODE),
                self.field(
                    "tool",
                    told(f"{station.tool} {station.tool_version}; {station.kernel}; Python {station.python}"),
                    5,
                    ty.CODE,
                ),
            ],
        ]
        return (fields(rows, MAIN),)

    def evidence(self) -> tuple[Block, ...]:
        files = self.record.evidence
        if not files:
            return ()
        if len(files) > self.limits.evidence:
            self.annexed.topics.add("evidence")
            return (prose([self.say("page.annexed")], MAIN),)
        return (self.evidence_table(files),)


def _extents(findings: tuple[Finding, ...]) -> tuple[LbaRange, ...]:
    return merged(tuple(each.lbas for each in findings))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
