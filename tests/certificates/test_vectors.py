"""The published tamper vectors: each fails exactly where its index says, and the index in git is that of the script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certificates import statements
from certificates.audit import audit_files
from certificates.audit.several import together
from certificates.errors import NotAuthentic
from certificates.station_key import key_id_of
from certificates.trust import Trust
from tests.lab.command import Eraser
from tools.vectors import __main__ as vectors

INDEX = json.loads(vectors.INDEX.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors")
    assert json.loads(vectors.write(folder)) == INDEX, "renew it: python -m tools.vectors FOLDER --index"
    return folder


@pytest.fixture(scope="module")
def whom(made: Path) -> Trust:
    keys = {name: (made / "trust" / f"{name}.pem").read_bytes() for name in ("station", "retired", "organisation")}
    company = keys.pop("organisation")
    said = tuple(statements.read(path.read_bytes()) for path in sorted((made / "trust").glob("*.json")))
    return Trust({key_id_of(pem): pem for pem in keys.values()}, {key_id_of(company): company}, said)


@pytest.mark.parametrize("case", INDEX, ids=lambda case: str(case["name"]))
def test_each_fails_where_its_index_says(case: dict[str, object], made: Path, whom: Trust) -> None:
    found = {}
    for audited in together(audit_files(made / "vectors" / str(case["name"]), whom)):
        found[Path(audited.file).name] = [check.number for check in audited.checks if check.state == "failed"]
        assert audited.authentic == (not found[Path(audited.file).name])
    assert found == case["failed"]
    assert case["exit_code"] == (NotAuthentic.exit_code if any(found.values()) else 0)


def test_the_command_says_the_same(made: Path, tmp_path: Path) -> None:
    """As the README of the vectors has it: all folders in one run, then one for its exit code."""
    trust, auditor = made / "trust", Eraser(tmp_path / "auditor")
    keys: list[object] = [
        word for path in sorted(trust.iterdir()) for word in ("--key", path) if "organ" not in path.name
    ]
    keys += ["--organisation", trust / "organisation.pem"]
    assert auditor("audit", made / "vectors" / "good-endorsed", *keys).code == 0
    every = auditor("audit", *(made / "vectors" / case["name"] for case in INDEX[::17]), *keys, "--json")
    assert every.code == NotAuthentic.exit_code
    told = {(Path(row["file"]).parent.name, Path(row["file"]).name): row["failed"] for row in every.lines}
    for case in INDEX[::17]:
        for file, failed in case["failed"].items():
            # Audited together, these have one number: check 13 fails for all of them.
            assert [number for number in told[case["name"], file] if number != 13] == [n for n in failed if n != 13]


def test_every_check_has_a_vector() -> None:
    from certificates.audit import NAMES

    failing = {number for case in INDEX for failed in case["failed"].values() for number in failed}
    assert failing == set(range(1, len(NAMES) + 1))
