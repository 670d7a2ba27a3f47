"""On this machine: boot the virtual machine once, run all tests marked `vm` inside it, and show how each went.

ERASER_VM_ARGS is handed to the inner pytest, to look at one test only: ERASER_VM_ARGS="-k unplug -x".
"""

import os
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from tests.lab import available
from tests.lab.available import IN_VM
from tests.lab.vm import SHARE, run_in_vm

SECONDS = 3000  # for all inner tests together, on a busy machine; ten minutes on an idle one


class InnerResult(NamedTuple):
    """One test inside the machine. `outcome` is passed, skipped, failure or error; `text` says why."""

    name: str
    seconds: float
    outcome: str
    text: str


@pytest.mark.skipif(IN_VM, reason="this boots the virtual machine; here we are in it")
@pytest.mark.timeout(SECONDS + 120)
def test_everything_inside_the_virtual_machine(
    tmp_path: Path, subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each inner result is a subtest here, so that a failure shows its inner traceback."""
    available.require("vm")
    # Each test's time as it ends: the report comes last, and not at all when the time runs out.
    shown = "-v -o console_output_style=times"
    arguments = f"{shown} --junitxml={SHARE}/junit.xml --basetemp=/run/pytest {os.environ.get('ERASER_VM_ARGS', '')}"
    # Only the plugins that are needed: each import takes its time under emulation.
    plugins = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTEST_PLUGINS=pytest_timeout"
    inner = f"env {plugins} timeout {SECONDS - 60} python -m pytest -m vm --timeout 900 tests/vm {arguments}"
    run = run_in_vm(inner, work=tmp_path, seconds=SECONDS)

    report = tmp_path / "share" / "junit.xml"
    assert report.exists(), f"pytest inside ended with {run.exit_code} and no report:\n{run.output}"
    results = inner_results(report)
    with capsys.disabled():
        print("\n" + "\n".join(f"  in the vm: {one.outcome:8}{one.seconds:7.2f} s  {one.name}" for one in results))
    for result in results:
        with subtests.test(msg=result.name):
            if result.outcome == "skipped":
                pytest.skip(result.text)
            if result.outcome != "passed":
                pytest.fail(f"{result.outcome} inside the virtual machine\n{result.text}", pytrace=False)

    assert any(result.outcome != "skipped" for result in results), f"no test ran inside:\n{run.output}"
    if all(result.outcome in ("passed", "skipped") for result in results):
        assert run.exit_code == 0, f"all went well inside, but pytest ended with {run.exit_code}:\n{run.output}"


def inner_results(report: Path) -> list[InnerResult]:
    """The test cases of a JUnit report, in the order in which they ran."""
    results = []
    for case in ElementTree.parse(report).iter("testcase"):
        outcome, text = "passed", ""
        for child in case:
            if child.tag in ("failure", "error", "skipped"):
                outcome = child.tag
                text = child.text or child.get("message") or ""
        name = f"{case.get('classname')}::{case.get('name')}"
        results.append(InnerResult(name, float(case.get("time", "0")), outcome, text))
    return results
