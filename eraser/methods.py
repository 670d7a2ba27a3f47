"""The table of overwrite methods, the user's own beside it, and the choice that `auto` makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from certificates import causes, foreign, language
from certificates.claimwords import claims_too_much
from certificates.errors import Environment, Usage
from certificates.methods import Method, borrows_a_name, built_in, digest_of
from certificates.record import Content as ContentRecord
from certificates.record import Medium
from certificates.record import Method as MethodRecord
from certificates.values import Words
from verifier.content import KEY_BYTES, Content, Keyed, Repeated
from verifier.plans import SEED_BYTES, draw

__all__ = ["AUTO", "Method", "Pass", "built_in", "names", "passes", "resolve", "table"]
AUTO = "auto"
OWN_METHODS = "methods.toml"


class Pass(msgspec.Struct, frozen=True):
    """One pass of a job: its content for this medium, and how the record tells it (the key only if it's the last pass)."""

    content: Content
    record: ContentRecord
    key: bytes | None


def table(folder: Path) -> dict[str, Method]:
    """All methods: the built-in ones, and the user's own from `methods.toml` in `folder`. Raises Environment if that is not valid."""
    file = folder / OWN_METHODS
    if not file.exists():
        return built_in()
    try:
        own = msgspec.convert(foreign.read_toml(file), dict[str, Method])
    except (OSError, ValueError, RecursionError) as error:  # both TOML and schema errors are ValueErrors
        raise Environment("methods.invalid", path=file, detail=causes.in_words(error)) from error
    wrong = [name for name in own if claims_too_much(name) or not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name)]
    if wrong:
        raise Environment("methods.invalid", path=file, detail=f"{', '.join(wrong)}: not a name for a method")
    borrowed = [each for each, method in own.items() if borrows_a_name(method.name)]
    if borrowed:  # an audit takes such a certificate for one that lies about its method
        raise Environment("methods.invalid", path=file, detail=f"{', '.join(sorted(borrowed))}: name taken")
    taken = own.keys() & (built_in().keys() | {AUTO})
    if taken:
        raise Environment("methods.invalid", path=file, detail=f"{', '.join(sorted(taken))}: taken")
    return built_in() | own


def names(folder: Path) -> dict[str, str]:
    """The methods' names by id, in the language in force: for telling what was done, which no fault in the user's own table may hinder."""
    try:
        known = table(folder)
    except Environment:
        known = built_in()
    return {each: getattr(method.name, language.in_force()) for each, method in known.items()}


def resolve(asked: str, medium: Medium, methods: Mapping[str, Method]) -> MethodRecord:
    """The method for this medium; `auto` takes one keyed pass on a magnetic disk and two where flash is or may be. Raises Usage."""
    chosen, why = asked, None
    if asked == AUTO:
        magnetic = medium.media_type == "magnetic-disk"
        chosen = "keyed" if magnetic else "keyed-2"
        why = Words(**language.both(f"method.why.{'magnetic' if magnetic else 'flash'}"))
    method = methods.get(chosen)
    if method is None:
        raise Usage("usage.method", method=asked, known=", ".join([AUTO, *methods]))
    return MethodRecord(chosen, method.name, digest_of(method), why, len(method.passes), method.check)


def passes(method: Method, entropy: Callable[[int], bytes]) -> tuple[Pass, ...]:
    """The passes of a job: fresh keys, random bytes and order from `entropy`."""
    specs = _in_order(method, entropy)
    names = dict.fromkeys(spec.partition(":")[2] for spec in specs if spec.startswith("byte:"))
    drawn = {name: entropy(1) for name in names}
    return tuple(
        _pass(spec, drawn, entropy, is_last=number == len(specs)) for number, spec in enumerate(specs, start=1)
    )


def _in_order(method: Method, entropy: Callable[[int], bytes]) -> list[str]:
    """The passes as they will be written: the shuffled ones by Fisher and Yates' method."""
    specs = list(method.passes)
    if method.shuffled:
        first, last = method.shuffled
        seed = entropy(SEED_BYTES)
        for at in range(last - 1, first - 1, -1):
            other = first - 1 + draw(seed, at, at - first + 2)
            specs[at], specs[other] = specs[other], specs[at]
    return specs


def _pass(spec: str, drawn: Mapping[str, bytes], entropy: Callable[[int], bytes], *, is_last: bool) -> Pass:
    kind, _, value = spec.partition(":")
    if kind == "keyed":
        key = entropy(KEY_BYTES)
        return Pass(Keyed(key), ContentRecord("keyed", key.hex() if is_last else None, None), key)
    if kind == "fixed":
        pattern = bytes.fromhex(value)
    elif kind == "byte":
        pattern = drawn[value]
    else:
        pattern = bytes(byte ^ 0xFF for byte in drawn[value])
    return Pass(Repeated(pattern), ContentRecord("fixed", None, pattern.hex()), None)
