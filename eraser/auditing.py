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

from certificates import audit
from certificates.audit import Audit, Found, folder
from certificates.audit.several import Several
from certificates.errors import Environment
from certificates.trust import Trust

FEW = 32  # not worth starting processes for
MOST_MEMORY = 4 << 30  # bytes a process, so that no file takes the machine down

_whom = Trust()


def audits(files: Iterable[Path], whom: Trust, processes: int | None = None) -> Iterator[Audit]:
    """The audit of each certificate in files and folders, in their order. Raises Environment if a process is killed."""
    found = [each for path in files for each in folder.find(path)]
    several = Several()
    with contextlib.closing(results(found, whom, processes)) as each_of_them:
        yield from map(several.seen, each_of_them)


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
    """A bar on a terminal, where the results go elsewhere and there is enough to wait for."""
    if count < FEW or not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=count, unit="", leave=False) as bar:
        yield bar.update
