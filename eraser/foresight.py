"""What the policies will say if all goes well: worked out before an hour is spent, by the same rules as afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from certificates import judgement, language, parts, policy
from certificates.errors import Refused, Usage
from certificates.record import Medium, Verdict
from eraser import methods
from eraser.methods import Method, Pass
from eraser.order import Order
from verifier.plans import LEAST_PLACES, Plan


def verdicts(order: Order, medium: Medium, method: Method, entropy: Callable[[int], bytes]) -> tuple[Verdict, ...]:
    """The verdicts that this order can reach at best on this medium."""
    return of_passes(order, medium, methods.passes(method, entropy))


def of_passes(order: Order, medium: Medium, passes: tuple[Pass, ...]) -> tuple[Verdict, ...]:
    """The same for passes that are already drawn."""
    best = policy.Deed(
        media_type=medium.media_type,
        technique="host-overwrite",
        verified=judgement.verified_by_plan(order.plan),
        is_file=medium.kind == "image-file",
        passes=len(passes),
        complement=judgement.has_complement([each.record for each in passes]),
    )
    return judgement.verdicts(best, dict(order.policies), order.data_class)


def insufficient(found: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Those that will not, or not surely, suffice for the class of data that was asked for."""
    return tuple(each for each in found if each.sufficiency not in (None, "sufficient"))


def check(order: Order, found: tuple[Verdict, ...]) -> None:
    """Raises Refused if the order must suffice and can't."""
    lacking = insufficient(found)
    if order.must_suffice and lacking:
        reasons = " ".join(sentence(each) for each in lacking)
        raise Refused("refused.insufficient", target=order.target, reasons=reasons)


def check_sample(plan: Plan) -> None:
    """Raises Usage for a sample that would confirm nothing: before anything is written, or read for nothing."""
    if not plan.confirms:
        raise Usage("usage.sample_small", places=plan.independent_places, least=LEAST_PLACES)


def warnings(order: Order, medium: Medium, found: tuple[Verdict, ...]) -> tuple[str, ...]:
    """What the user has to know before the medium is wiped, in the language in force. An order that must suffice is refused anyway."""
    if order.must_suffice:
        return ()
    told = [
        language.for_terminal("say.foreseen", None, target=order.target, verdict=sentence(each))
        for each in insufficient(found)
    ]
    if medium.media_type in ("usb-flash", "sd-emmc") and not told:
        told.append(language.for_terminal("say.stick", None, target=order.target))
    told += [f"{order.target}: {sentence}" for sentence in parts.sentences(medium)]
    return tuple(told)


def lacking(found: Iterable[Verdict]) -> str | None:
    """The line that stands under the certificate's title, for a terminal: the erasure does not, or not surely, do for the data."""
    if (short := judgement.shortfall(found)) is None:
        return None
    data_class, sufficiency = short
    return language.text(f"page.lacking.{sufficiency}", None, data=language.text(f"page.data-class.{data_class}"))


def sentence(verdict: Verdict) -> str:
    """A verdict in a sentence: category, what it means for the class of data, and why."""
    text = language.text
    category = text(f"page.category.{verdict.category}")
    why = ("" if language.in_force() == "ja" else " ").join(text(f"verdict.{reason}") for reason in verdict.reasons)
    if verdict.sufficiency is None or verdict.data_class is None:
        return text("say.verdict", None, policy=verdict.edition, category=category, reasons=why)
    return text(
        "say.verdict_for_data",
        None,
        policy=verdict.edition,
        category=category,
        data=text(f"page.data-class.{verdict.data_class}"),
        sufficiency=text(f"page.sufficiency.{verdict.sufficiency}"),
        reasons=why,
    )
