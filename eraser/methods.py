"""The table of overwrite methods, and the choice that `auto` makes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources

import msgspec

from certificates import canonical, language
from certificates.errors import Usage
from certificates.record import Content as ContentRecord
from certificates.record import Medium, Words
from certificates.record import Method as MethodRecord
from verifier.content import KEY_BYTES, Content, Keyed, Repeated

AUTO = "auto"


class PassSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pass of the table: `keyed`, or `fixed` bytes in hex."""

    keyed: bool = False
    fixed: str | None = None


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table."""

    name: Words
    status: str
    passes: tuple[PassSpec, ...]


class Pass(msgspec.Struct, frozen=True):
    """One pass of a job: its content for this medium, and how the record tells it (the key only if it's the last pass)."""

    content: Content
    record: ContentRecord
    key: bytes | None


@cache
def table() -> dict[str, Method]:
    """All methods by id. Raises msgspec.ValidationError if the table is not well-formed."""
    raw = tomllib.loads(resources.files("eraser").joinpath("methods.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, dict[str, Method])


def resolve(asked: str, medium: Medium) -> MethodRecord:
    """The method for this medium; `auto` takes one keyed pass on a magnetic disk and two where flash is or may be. Raises Usage."""
    chosen, why = asked, None
    if asked == AUTO:
        magnetic = medium.media_type == "magnetic-disk"
        chosen = "keyed" if magnetic else "keyed-2"
        why = Words(**language.both(f"method.why.{'magnetic' if magnetic else 'flash'}"))
    method = table().get(chosen)
    if method is None:
        raise Usage("usage.method", method=asked, known=", ".join([AUTO, *table()]))
    return MethodRecord(chosen, method.name, canonical.digest(canonical.encode(method)), why, len(method.passes))


def passes(method_id: str, entropy: Callable[[int], bytes]) -> tuple[Pass, ...]:
    """The passes of a job, each keyed one with a fresh key from `entropy`."""
    specs = table()[method_id].passes
    return tuple(_pass(spec, entropy, is_last=index == len(specs)) for index, spec in enumerate(specs, start=1))


def _pass(spec: PassSpec, entropy: Callable[[int], bytes], *, is_last: bool) -> Pass:
    if spec.fixed is not None:
        return Pass(Repeated(bytes.fromhex(spec.fixed)), ContentRecord("fixed", None, spec.fixed), None)
    key = entropy(KEY_BYTES)
    return Pass(Keyed(key), ContentRecord("keyed", key.hex() if is_last else None, None), key)
