"""`python -m tools.vectors FOLDER`: writes the tamper vectors, the keys to audit them with, and their index. The same on every machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tools.vectors.cases import cases
from tools.vectors.parties import trust

INDEX = Path(__file__).parents[2] / "tests" / "vectors" / "index.json"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--index", is_flag=True, help="Also renew tests/vectors/index.json.")
def main(folder: Path, index: bool) -> None:
    """Writes the tamper vectors into FOLDER."""
    text = write(folder)
    if index:
        INDEX.write_text(text, encoding="utf-8")
    print(f"{len(json.loads(text))} vectors in {folder}")


def write(folder: Path) -> str:
    """All files; returns the index."""
    _put(folder / "trust", trust())
    listed = []
    for case in cases():
        _put(folder / "vectors" / case.name, case.files)
        files = {name: list(failed) for name, failed in sorted(case.failed.items())}
        listed.append({"name": case.name, "why": case.why, "exit_code": case.exit_code, "failed": files})
    lines = ",\n".join(" " + json.dumps(each, ensure_ascii=False) for each in listed)
    text = f"[\n{lines}\n]\n"
    (folder / "index.json").write_text(text, encoding="utf-8")
    return text


def _put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
