"""What the user asked for, and what will be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from certificates import language
from certificates.people import Copy, Evidence, Handling, Issuer, People, pictures_of
from certificates.policy import Policy
from certificates.record import DataClass, FileSystem, Medium, Reason
from certificates.record import Method as MethodRecord
from eraser.devices import Device
from eraser.formatting import Layout
from eraser.journal import KeptOrder
from eraser.methods import Pass
from verifier.plans import PlanName, SampleSize


class Order(msgspec.Struct, frozen=True):
    """What the user asked for, for one target. `policies`: the tables to judge by (none: the usual ones); with `must_suffice` nothing is
    written unless what is about to be done can suffice for `data_class` under each of them that grades data. `device`: the
    first look at the medium, which is what was shown and confirmed; any other in its place is refused. `size`: of the plan `sample`.
    """

    target: str
    device: Device
    method: str
    plan: PlanName
    confirmed: frozenset[str]
    attached: tuple[Device, ...]
    languages: tuple[language.Language, ...]
    out: Path
    people: People
    asset_tag: str | None = None
    reason: Reason | None = None
    evidence: tuple[Evidence, ...] = ()
    replug: bool = False
    handling: Handling = Handling()
    issuer: Issuer | None = None
    pictures: tuple[bytes, ...] = ()
    policies: tuple[tuple[str, Policy], ...] = ()
    data_class: DataClass | None = None
    must_suffice: bool = False
    reformat: FileSystem | None = None
    size: SampleSize | None = None

    @property
    def is_image(self) -> bool:
        return self.device.kind == "image"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people typed and the certificate has to show."""
        editions = [table.edition for _, table in self.policies]
        plain = msgspec.to_builtins((self.people, self.handling, self.issuer, self.asset_tag, self.evidence, editions))
        return tuple(dict.fromkeys(_texts(plain)))

    @property
    def copies(self) -> tuple[Copy, ...]:
        """The pictures that the certificate will show."""
        return pictures_of(self.issuer, self.evidence)

    def kept(self) -> KeptOrder:
        """The order as the journal keeps it."""
        return KeptOrder(
            target=self.target,
            is_image=self.is_image,
            method=self.method,
            plan=self.plan,
            languages=self.languages,
            out=str(self.out),
            people=self.people,
            asset_tag=self.asset_tag,
            reason=self.reason,
            evidence=self.evidence,
            replug=self.replug,
            reformat=self.reformat,
            handling=self.handling,
            issuer=self.issuer,
            policies=self.policies,
            data_class=self.data_class,
            size=self.size,
        )


def _texts(value: object) -> Iterator[str]:
    """All texts in it that are not empty."""
    if isinstance(value, str) and value:
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _texts(part)


class Planned(msgspec.Struct, frozen=True):
    """What will be done to this medium. `layout`: the format afterwards."""

    order: Order
    device: Device
    method: MethodRecord
    passes: tuple[Pass, ...]
    layout: Layout | None = None

    @property
    def check_each(self) -> bool:
        """The method demands that every pass be verified."""
        return self.method.check == "each"

    @property
    def medium(self) -> Medium:
        return self.device.medium
