"""`eraser audit` on an auditor's machine: many files at once, files that mean harm, no root and no library of the system."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from certificates import canonical
from certificates.audit import audit_pdf, limits
from certificates.record import Record
from tests.certificates import samples
from tests.certificates.samples import Issued
from tests.certificates.test_sufficiency import judged
from tests.lab.command import Eraser
from tests.lab.others import open_to_others


def filed(folder: Path, name: str, record: Record) -> None:
    """A record and its signature, without a page: drawing is tested elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = canonical.encode(record)
    (folder / f"{name}.json").write_bytes(raw)
    (folder / f"{name}.sig").write_bytes(samples.KEY.sign(raw))


@pytest.fixture(scope="module")
def erased() -> Issued:
    return samples.issue(samples.erased())


@pytest.fixture
def auditor(tmp_path: Path) -> Eraser:
    eraser = Eraser(tmp_path / "auditor")
    (tmp_path / "station.pem").write_bytes(samples.KEY.public_pem)
    assert eraser("key", "trust", tmp_path / "station.pem", "--fingerprint", samples.KEY.key_id).code == 0
    return eraser


def one_of_many(index: int, **more: Any) -> Record:
    """Each with its own number and its own key."""
    return samples.with_key(samples.erased(number=samples.number_of(samples.KEY, index + 1), **more), f"{index:064x}")


def test_many_are_audited_at_once_and_told_in_order(auditor: Eraser, tmp_path: Path) -> None:
    """In processes; the same certificate twice counts once, two under one number are told, and nothing gets lost."""
    folder = tmp_path / "papers"
    for index in range(60):
        filed(folder / f"{index % 3}", f"{index:03}", one_of_many(index))
    filed(folder / "2", "again", one_of_many(7))
    filed(folder / "2", "other", one_of_many(8, asset_tag="X"))
    (folder / "1" / "031.sig").write_bytes(bytes(64))
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6
    assert [row["file"] for row in ran.lines] == [str(path) for path in sorted(folder.rglob("*.json"))]
    wrong = {Path(row["file"]).stem: row["failed"] for row in ran.lines if not row["authentic"]}
    assert wrong == {"008": [13], "031": [5], "other": [13]}
    assert {Path(row["file"]).stem: Path(row["same_as"]).stem for row in ran.lines if row["same_as"]} == {
        "again": "007"
    }
    assert "61 certificates: 58 authentic (58 erased), 3 not confirmed; files that repeat one of them: 1" in ran.err

    out = auditor("audit", folder / "1", "--table").out.splitlines()
    assert "18 have remarks" in out[-1], "one medium, erased many times at once"
    table = [line.split("\t") for line in out[:-2]]
    assert len(table) == 20 and {len(row) for row in table} == {5}
    assert (
        [row for row in table if row[0] != "authentic"]
        == [table[-1]]
        == [
            [
                "NOT CONFIRMED",
                "5",
                samples.number_of(samples.KEY, 32),
                "claims: Erased and verified",
                str(folder / "1" / "031.json"),
            ]
        ]
    )


def test_a_table_counts_outcomes_and_says_what_does_not_suffice(auditor: Eraser, tmp_path: Path) -> None:
    """An authentic paper may say that the medium is not erased: nothing in its line sounds like an approval."""
    folder = tmp_path / "papers"
    filed(folder, "1", judged(one_of_many(0), "confidential-2", "mic-r8.3"))
    filed(folder, "2", one_of_many(1))
    filed(folder, "3", samples.interrupted(number=samples.number_of(samples.KEY, 9)))
    ran = auditor("audit", folder, "--table", "--lang", "ja")
    assert "合格" not in ran.out and [line.split("\t")[0] for line in ran.out.splitlines()[:3]] == ["真正"] * 3
    assert "データの区分（機密性2以上）には足りません" in ran.out.splitlines()[0]
    assert "消去・検証済み 2、消去されていません（中断） 1" in ran.out
    plain = auditor("audit", folder / "1.json", "--lang", "en").out
    assert "NOT SUFFICIENT for this data" in plain


def test_the_table_goes_into_a_file_that_a_spreadsheet_takes_for_text(auditor: Eraser, tmp_path: Path) -> None:
    folder, out = tmp_path / "=papers", tmp_path / "audited.csv"
    filed(folder, "1", one_of_many(0))
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 none")
    command = auditor.command("audit", "=papers", "--csv", out, "--json")
    ran = subprocess.run(command, cwd=tmp_path, env=auditor.environment, capture_output=True, check=False)
    assert ran.returncode == 6, ran.stderr
    raw = out.read_bytes()
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert raw.startswith(b"\xef\xbb\xbf") and len(rows) == 3 and {len(row) for row in rows} == {5}
    assert all(row[4].startswith("'=papers/") for row in rows[1:])
    again = auditor("audit", folder, "--csv", out)
    assert again.code == 2 and out.read_bytes() == raw, "nothing is overwritten"


def test_a_file_that_keeps_the_audit_busy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.5)
    table = b"1 0 obj\n<" + b"0" * (20 << 20) + b">\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    pdf = (
        b"%PDF-1.7\n" + table + b"trailer\n<</Size 2/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table.index(b"xref") + 9)
    )
    began = time.process_time()
    result = audit_pdf(pdf, {})
    assert time.process_time() - began < 10
    assert [check.key for check in result.checks if check.state == "failed"] == ["audit.file.exhausting"]
    assert result.checks[0].message("ja") and result.checks[0].hint("en")


def test_a_file_of_too_many_objects_is_given_up() -> None:
    result = audit_pdf(b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 30_000 + b"%%EOF", {})
    assert result.checks[0].key == "audit.file.objects"


def test_a_record_alone_of_an_unknown_key_says_what_is_missing(tmp_path: Path) -> None:
    filed(tmp_path, "S-1", samples.erased())
    ran = Eraser(tmp_path / "auditor")("audit", tmp_path / "S-1.json", "--lang", "en")
    assert ran.code == 6
    assert "does not bring its key along" in ran.out and "Settle what else is wrong first" not in ran.out


def test_a_mistyped_path_says_nothing_of_a_certificate(tmp_path: Path) -> None:
    auditor = Eraser(tmp_path / "auditor")
    filed(tmp_path, "S-1", samples.erased())
    for command in (
        ("audit", tmp_path / "S-1.json", tmp_path / "S-l.json"),
        ("verify", "x", "--certificate", "S-l.json"),
    ):
        ran = auditor(*command, "--lang", "en")
        assert ran.code == 2 and "There is no file or folder" in ran.err and not ran.out
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert auditor("audit", tmp_path / "nowhere").code == 6, (
        "that there is a file, and that it can't be read, is told as such"
    )


def test_help_and_audit_need_no_library_of_the_system(erased: Issued, tmp_path: Path) -> None:
    """Neither pyudev nor what a wipe needs is as much as imported; and help imports nothing heavy."""
    (tmp_path / "C.pdf").write_bytes(erased.pdf)
    (tmp_path / "station.pem").write_bytes(samples.KEY.public_pem)
    code = (
        "import sys\n"
        "for name in ('pyudev', '_pyudev', 'eraser.devices', 'eraser.job', 'verifier'):\n    sys.modules[name] = None\n"
        "from eraser import cli\n"
        "def run(*words):\n"
        "    try:\n        cli.main(words)\n"
        "    except SystemExit as end:\n        return end.code\n"
        "assert run('audit', '--help') == 0 and run('key', '--help') == 0\n"
        "heavy = {'reportlab', 'cryptography', 'pypdf', 'PIL', 'sqlite3', 'tqdm', 'blake3'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
        f"assert run('audit', {str(tmp_path / 'C.pdf')!r}, '--key', {str(tmp_path / 'station.pem')!r}) == 0\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"ERASER_HOME": str(tmp_path / "home"), "PATH": "/usr/bin"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert not (tmp_path / "home").exists(), "an audit leaves nothing behind"


@pytest.mark.soak
def test_the_wheel_alone_audits(erased: Issued, tmp_path: Path) -> None:
    """As `pip install` puts it on an auditor's machine: a fresh environment, a user without rights, libudev out of reach."""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "dist", root], check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv" / "bin" / "pip", "install", "-q", wheel], check=True)
    (tmp_path / "C.pdf").write_bytes(erased.pdf)
    (tmp_path / "station.pem").write_bytes(samples.KEY.public_pem)
    open_to_others(tmp_path)
    # An empty file in place of the library: loading it fails, as it does where there is none.
    libraries = list(Path("/usr/lib").rglob("libudev.so*"))
    hide = " && ".join([f"mount --bind /dev/null {path}" for path in libraries] or ["true"])
    audit = f"{tmp_path}/venv/bin/eraser audit {tmp_path}/C.pdf --key {tmp_path}/station.pem"
    script = f"{hide} && HOME={tmp_path}/none exec setpriv --reuid=65534 --regid=65534 --clear-groups {audit}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "C.pdf").write_bytes(erased.pdf.replace(b"SMPL", b"SMPX"))
    assert subprocess.run(audit.split(), cwd="/", capture_output=True).returncode == 6
