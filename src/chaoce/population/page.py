"""The page of a comparison (stub until the template stands)."""

from pathlib import Path


def write_page(path: Path, data: dict) -> None:
    path.write_text("", encoding="utf-8")
