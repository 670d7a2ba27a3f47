"""The published schemas are those of the code."""

from tools import schemas


def test_the_published_schemas_are_current() -> None:
    for name, content in schemas.schemas().items():
        assert (schemas.FOLDER / name).read_text(encoding="utf-8") == content, f"run python -m tools.schemas ({name})"
