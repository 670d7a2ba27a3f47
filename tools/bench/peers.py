"""The peers, each as it is fastest: fio as the speed of the disk itself, nwipe, shred, scrub and dd as what others use."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any

from tools.bench import process
from tools.bench.disks import nothing_but
from tools.bench.samples import Sample

FIO = {
    "fio psync 4M": ["--ioengine=psync", "--bs=4M"],
    "fio io_uring 1M x 8": ["--ioengine=io_uring", "--bs=1M", "--iodepth=8"],
}
FRESH = "fresh fio psync 4M"  # not one of FIO: no goal is measured against it
READ_AS = {"write": "write", "read": "verify"}  # fio's reading is what our verifying is measured against
CRYPTOGRAPHIC = ("aes", "chacha")

Peer = Callable[[str, Path, int], Sample]


def fio(scene: str, variant: str, nodes: Sequence[Path], direction: str, *more: str) -> Sample:
    """All of the disks at once, one job each, past the page cache. `more`: other settings of fio."""
    command = ["fio", "--output-format=json", "--thread", "--direct=1", f"--rw={direction}", *FIO[variant], *more]
    command += ["--allow_file_create=0", *(["--end_fsync=1"] if direction == "write" else [])]
    for number, node in enumerate(nodes):
        command += [f"--name=disk{number}", f"--filename={node}"]
    ran = process.run(command)
    jobs: list[dict[str, Any]] = json.loads(ran.out[ran.out.index("{") :])["jobs"]
    count = sum(job[direction]["io_bytes"] for job in jobs)
    seconds = max(job["job_runtime"] for job in jobs) / 1000
    cpu = sum((job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] / 1000 for job in jobs)
    return Sample(scene, variant, READ_AS[direction], count, seconds, cpu, ran.largest_bytes, ran.sum_bytes)


def fio_both(scene: str, variant: str, nodes: Sequence[Path]) -> list[Sample]:
    """Writing, reading, and both one after the other."""
    write, read = fio(scene, variant, nodes, "write"), fio(scene, variant, nodes, "read")
    largest, everything = max(write.largest_bytes, read.largest_bytes), max(write.sum_bytes, read.sum_bytes)
    seconds, cpu = write.seconds + read.seconds, write.cpu_seconds + read.cpu_seconds
    both = Sample(scene, variant, "both", write.bytes + read.bytes, seconds, cpu, largest, everything)
    return [write, read, both]


def fio_fresh(scene: str, nodes: Sequence[Path]) -> Sample:
    """fio making new content for every block, as a wipe has to (by xorshift; ours is AES). Usually it writes one block again and again."""
    return replace(fio(scene, "fio psync 4M", nodes, "write", "--refill_buffers"), tool=FRESH)


def writer(tool: str, command: Callable[[Path, int], list[str]]) -> Peer:
    """A peer that only writes, timed from its first write call until the disk has everything."""

    def measure(scene: str, node: Path, size: int) -> Sample:
        ran = process.run(command(node, size), disk=node, expected=size)
        if ran.write_seconds is None:
            raise process.Failed(f"{tool} did not write all of {node}:\n{ran.out[-2000:]}")
        return Sample(scene, tool, "write", size, ran.write_seconds, ran.cpu_seconds, ran.largest_bytes, ran.sum_bytes)

    return measure


def dd(node: Path, size: int) -> list[str]:
    extent = ["bs=4M", "iflag=count_bytes", f"count={size}"]
    return ["dd", "if=/dev/zero", f"of={node}", *extent, "oflag=direct", "conv=fsync,nocreat,notrunc"]


def shred(node: Path, size: int) -> list[str]:
    return ["shred", "-n1", str(node)]


def scrub(node: Path, size: int) -> list[str]:
    return ["scrub", "--force", "--no-signature", "--pattern", "random", str(node)]


def nwipe(prng: str) -> Callable[[Path, int], list[str]]:
    """One random pass, nothing verified, in a /dev that holds only this disk."""

    def command(node: Path, size: int) -> list[str]:
        options = ["--autonuke", "--nogui", "--nowait", "--noblank", "--verify=off", "--rounds=1", "--method=random"]
        return nothing_but([node], ["nwipe", *options, f"--prng={prng}", str(node)])

    return command


def nwipe_generators() -> list[str]:
    """The generators that this nwipe offers, from its help."""
    told = subprocess.run(["nwipe", "--help"], capture_output=True, text=True, timeout=30)
    found = re.search(r"--prng=METHOD[^(]*\(([^)]*)\)", told.stdout + told.stderr)
    names = re.split(r"[|\s]+", found.group(1)) if found else []
    return [name for name in names if name and name != "twister"]  # twister is mersenne's other name


def chosen_nwipes(node: Path, size: int) -> dict[str, Peer]:
    """nwipe's fastest generator, and those that are ciphers. Each is tried once to know the fastest."""
    tried = {name: writer(f"nwipe {name}", nwipe(name)) for name in nwipe_generators()}
    rates = {name: _rate(peer, node, size) for name, peer in tried.items()}
    fastest = max(rates, key=lambda name: rates[name], default=None)
    return {
        f"nwipe {name}": peer
        for name, peer in tried.items()
        if name == fastest or any(cipher in name for cipher in CRYPTOGRAPHIC)
    }


def _rate(peer: Peer, node: Path, size: int) -> float:
    try:
        return peer("trial", node, size).rate
    except process.Failed:
        return 0.0


def writers(node: Path, size: int) -> dict[str, Peer]:
    """All peers on this machine that only write."""
    found: dict[str, Peer] = {}
    if which("nwipe"):
        found |= chosen_nwipes(node, size)
    for name, command in (("shred -n1", shred), ("scrub random", scrub), ("dd zeros 4M", dd)):
        if which(name.split()[0]):
            found[name] = writer(name, command)
    return found


def versions() -> list[str]:
    """What exactly was measured."""
    told = []
    for tool in ("fio", "nwipe", "shred", "scrub", "dd"):
        if which(tool) is None:
            told.append(f"{tool}: absent")
            continue
        done = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=30)
        told.append((done.stdout or done.stderr).splitlines()[0])
    return told
