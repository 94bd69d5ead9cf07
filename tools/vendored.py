"""Keeps the vendored files of the pages: drops the icons that no page names and writes SHA256SUMS anew.

python tools/vendored.py            after an icon was copied in from @tabler/icons, or is used no more
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path

SERVICE = Path(__file__).resolve().parent.parent / "src" / "chaoce" / "service"
VENDOR = SERVICE / "pages" / "static" / "vendor"
ICONS = VENDOR / "tabler-icons"
_QUOTED = re.compile(r"[\"']([a-z0-9-]+)[\"']")


def named() -> set[str]:
    """Every word in quotation marks in the templates, and every string in the Python: what may be the name of an icon."""
    found: set[str] = set()
    for path in SERVICE.rglob("*"):
        if "templates" in path.parts and path.suffix == ".html":
            found |= set(_QUOTED.findall(path.read_text("utf-8")))
        elif path.suffix == ".py":
            tree = ast.walk(ast.parse(path.read_text("utf-8")))
            found |= {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


def unused_icons() -> list[Path]:
    """The icons that no page names."""
    names = named()
    return sorted(path for path in ICONS.glob("*.svg") if path.stem not in names)


def sums() -> str:
    """SHA256SUMS as it should be: a line a file, sorted by name."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path.name not in ("SHA256SUMS", "VERSIONS.md"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(VENDOR).as_posix()}\n" for path in files)


def main() -> None:
    """Drop, and write."""
    for path in unused_icons():
        path.unlink()
        print(f"dropped {path.name}")
    (VENDOR / "SHA256SUMS").write_text(sums(), "utf-8")


if __name__ == "__main__":
    main()
