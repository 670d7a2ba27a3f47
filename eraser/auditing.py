"""Many certificates at once: one process a processor, results in the order of the files, a bar where somebody watches."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import msgspec

from certificates import audit
from certificates.audit import Audit, Found, folder
from certificates.audit.folder import Left
from certificates.audit.several import together
from certificates.errors import Environment
from certificates.trust import Trust

FEW = 32  # not worth starting processes for
MOST_MEMORY = 4 << 30  # bytes a process, so that no file takes the machine down

_whom = Trust()


class Gathered(msgspec.Struct, frozen=True):
    """All of files and folders, in their order: the audits of certificates, and what lies there that is none."""

    audits: tuple[Audit, ...]
    left: tuple[Left, ...]


def audits(files: Iterable[Path], whom: Trust, processes: int | None = None) -> tuple[Audit, ...]:
    """The audit of each certificate in files and folders, in their order. Raises Environment if a process is killed."""
    return gathered(files, whom, processes).audits


def gathered(files: Iterable[Path], whom: Trust, processes: int | None = None) -> Gathered:
    """The same, with what was not audited. Only when all were looked at it is known of each whether another speaks against it.

    Raises Environment if a process is killed.
    """
    surveyed = list(dict.fromkeys(each for path in files for each in folder.survey(path)))
    found = [each for each in surveyed if isinstance(each, Found)]
    with contextlib.closing(results(found, whom, processes)) as each_of_them:
        audited = together(each_of_them)
    bound = {path for each in audited if each.authentic for path in _bound(each)}
    # What an authentic certificate binds is evidence, be it a PDF.
    papers = tuple(each for each in audited if not _is_evidence(each, bound))
    evidence = tuple(Left(Path(each.file), "evidence") for each in audited if _is_evidence(each, bound))
    others = (each for each in surveyed if isinstance(each, Left) and each.path not in bound)
    return Gathered(papers, (*evidence, *others))


def _is_evidence(audited: Audit, bound: set[Path]) -> bool:
    return not audited.unaltered and Path(audited.file) in bound


def _bound(audited: Audit) -> Iterator[Path]:
    """The files of evidence that were compared: in the first place where there is one."""
    for candidates in folder.places(Path(audited.file), audited.record).values():
        yield from [place for place in candidates if os.path.lexists(place)][:1]


def results(found: list[Found], whom: Trust, processes: int | None = None) -> Generator[Audit, None, None]:
    """The audit of each of these alone, in their order. Raises Environment if a process is killed."""
    with _bar(len(found)) as step, contextlib.closing(_each(found, whom, processes or _processors())) as audits:
        for audited in audits:
            yield audited
            step()


def _each(found: list[Found], whom: Trust, processes: int) -> Generator[Audit, None, None]:
    if processes < 2 or len(found) < FEW:
        yield from (audit.audit_file(each, whom) for each in found)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["certificates.audit", "certificates.page"])
    with ProcessPoolExecutor(processes, context, initializer=_start, initargs=(whom,)) as pool:
        try:
            yield from pool.map(_audited, found, chunksize=4)
        except BrokenProcessPool as error:
            raise Environment("audit.killed") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(whom: Trust) -> None:
    global _whom
    _whom = whom
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _audited(found: Found) -> Audit:
    return audit.audit_file(found, _whom)


def _processors() -> int:
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def _bar(count: int) -> Iterator[Callable[[], object]]:
    """A bar on a terminal, where there is enough to wait for."""
    if count < FEW or not sys.stderr.isatty():
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=count, unit="", leave=False) as bar:
        yield bar.update
