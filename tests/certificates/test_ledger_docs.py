"""What docs/ledger.md tells to do without us works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from certificates.ledger import export
from tests.certificates.ledgers import made_ledger
from tests.certificates.samples import KEY

DOCS = Path(__file__).parents[2].joinpath("docs/ledger.md").read_text(encoding="utf-8")


@pytest.mark.tools("openssl")
def test_the_commands_of_the_page(tmp_path: Path) -> None:
    book = made_ledger(tmp_path / "ledger.sqlite", 5)
    (tmp_path / "CHECKPOINT").write_bytes(book.checkpoint(KEY))
    with book.store.reading() as tables:
        (tmp_path / "ledger.jsonl").write_bytes(b"".join(export.lines(tables.rows())))
    (tmp_path / "station.pem").write_bytes(KEY.public_pem)

    (script,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    told = (tmp_path / "CHECKPOINT").read_text().splitlines()
    command = [sys.executable, "-c", script, "ledger.jsonl", told[1]]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == told[2]
