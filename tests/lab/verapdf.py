"""veraPDF, the PDF Association's validator: does a file keep every rule of a flavour of PDF/A? tests/lab/install.sh fetches it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which

JAR = ".lab/verapdf.jar"
# Debian's libjaxb-java and what it stands on: veraPDF reads its rules with it.
JAXB = (
    "jaxb-api",
    "jaxb-runtime",
    "jaxb-core",
    "istack-commons-runtime",
    "FastInfoset",
    "stax-ex",
    "txw2",
    "javax.activation",
)
PROGRAM = Path(__file__).parent / "pdfa" / "Validate.java"


def why_not(root: Path) -> str | None:
    """Why it can't run here, None when it can."""
    absent = [str(path) for path in (root / JAR, *_jaxb()) if not path.exists()]
    absent += [program for program in ("java", "javac") if not which(program)]
    return f"the pdfa lab lacks {', '.join(absent)} (tests/lab/install.sh)" if absent else None


def complaints(root: Path, files: Sequence[Path], flavour: str = "3b") -> dict[Path, list[str]]:
    """What each file does against the rules: clause and message, none for a file that keeps them all."""
    command = [
        "java",
        "-cp",
        os.pathsep.join(map(str, (root / JAR, *_jaxb()))),
        str(PROGRAM),
        flavour,
        *map(str, files),
    ]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=240).stdout.splitlines()
    found: dict[Path, list[str]] = {}
    for file in files:
        told = [line.removeprefix(f"{file} ") for line in lines if line.startswith(f"{file} ")]
        assert told, f"nothing was said of {file}"
        found[file] = [each for each in told if each != "compliant"]
    return found


def _jaxb() -> list[Path]:
    return [Path("/usr/share/java") / f"{name}.jar" for name in JAXB]
