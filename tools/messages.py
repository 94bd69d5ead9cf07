"""Compiles the Chinese of the pages: every django.po of the service becomes the django.mo beside it. Run after changing one.

python tools/messages.py            compile all
python tools/messages.py --check    only say which are out of date or not translated (exit status 1)
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib

SERVICE = Path(__file__).resolve().parent.parent / "src" / "chaoce" / "service"


def catalogues() -> list[Path]:
    """All catalogues of the service."""
    return sorted(SERVICE.rglob("locale/*/LC_MESSAGES/django.po"))


def compiled(path: Path) -> bytes:
    """The bytes of the .mo; raises ValueError where an entry has no Chinese, or a part of it is marked as unsure."""
    catalogue = polib.pofile(str(path))
    lacking = [entry.msgid for entry in catalogue if not entry.translated() and not entry.obsolete]
    if lacking:
        raise ValueError(f"{path}: without translation: {', '.join(lacking[:5])}")
    return catalogue.to_binary()


def main() -> int:
    """Compile, or check."""
    wrong = 0
    for path in catalogues():
        target = path.with_suffix(".mo")
        try:
            new = compiled(path)
        except ValueError as fault:
            print(fault)
            wrong = 1
            continue
        if "--check" in sys.argv:
            if not target.exists() or target.read_bytes() != new:
                print(f"{target}: out of date")
                wrong = 1
        else:
            target.write_bytes(new)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
