"""A policy: its text, its rules, the readings chosen and the year's decisions. Immutable; every change is a changed copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from chaoce.facts.types import FactTypes
from chaoce.marked import Marked, Names
from chaoce.policy.literate import Document
from chaoce.policy.text import OfficialText
from chaoce.rules.expr import Expr
from chaoce.rules.tree import Benefit, Limit, Pool


@dataclass(frozen=True)
class Option:
    """One way to read an open question: its name, its words, and what it changes in which block."""

    id: str
    names: Names
    changes: Mapping[str, Mapping[str, Marked]]


@dataclass(frozen=True)
class Reading:
    """How an open question in the text is settled (口径), with the other ways to settle it."""

    id: str
    question: Names
    options: tuple[Option, ...]
    chosen: str
    clause: str
    quotes: tuple[str, ...]
    line: int

    def option(self, name: str) -> Option:
        return next(option for option in self.options if option.id == name)


@dataclass(frozen=True)
class Settings:
    """What holds for all rules of a policy.

    `year_starts` is the (month, day) on which a year begins; `rounding` is `down` or `half up`; `choice` is `best total`
    (of all lawful ways to claim the highest total) or `largest first` (matter by matter the larger amount).
    """

    year_starts: tuple[int, int] = (1, 1)
    rounding: str = "down"
    choice: str = "best total"


@dataclass(frozen=True)
class Policy:
    """A published support policy as a program.

    `decided_year` and `decided_note` are set where decisions have been laid on it; `disagreements` counts what
    `chaoce check` finds, where it has been asked.
    """

    id: str
    title: Names
    issuer: str
    restated: bool
    pays_in: tuple[str, ...]
    sha256: str
    term: tuple[date, date]
    settings: Settings
    types: FactTypes
    benefits: tuple[Benefit, ...]
    limits: tuple[Limit, ...]
    pools: tuple[Pool, ...]
    eligible: Expr | None
    eligible_words: Names | None
    readings: tuple[Reading, ...]
    chosen: Mapping[str, str]
    document: Document
    text: OfficialText
    folder: Path
    english: Mapping[str, str]
    to_decide: Mapping[str, Names]
    rewrites: Mapping[str, Mapping[str, Marked]] = field(default_factory=dict)
    decided_year: int | None = None
    decided_note: Names | None = None
    disagreements: int = 0

    @property
    def ends(self) -> date | None:
        """The last day of the term; None where it has no end yet."""
        return self.term[1] if self.term[1] < date.max else None

    def benefit(self, name: str) -> Benefit:
        """The benefit of that id; KeyError if there is none."""
        for benefit in self.benefits:
            if benefit.id == name:
                return benefit
        raise KeyError(name)

    def name_of(self, decision: str) -> Names:
        """What is to be decided (a standard, a parameter), by the name that the policy gives it."""
        return self.to_decide.get(decision, Names(decision, decision))

    def in_english(self, word: str) -> str:
        """A department or unit of the text in English, with its own name, where the policy says what it is called."""
        return f"{self.english[word]} ({word})" if word in self.english else word

    @classmethod
    def load(cls, folder: str | Path, readings: Mapping[str, str] | None = None) -> Policy:
        """The policy of a folder (`policy.md`, `facts.yaml`), or by its id one that comes with the program; raises Faults.

        `readings` chooses other options than the file does: {reading: option}.
        """
        from chaoce.folders import find_folder
        from chaoce.policy.load import load_policy

        return load_policy(find_folder(folder), readings or {})

    def read_as(self, reading: str, option: str) -> Policy:
        """The same policy with one question settled otherwise; decisions are to be made anew on it."""
        from chaoce.policy.load import rebuild

        return rebuild(self, {**self.chosen, reading: option}, self.rewrites)

    def rewritten(self, block: str, lines: Marked) -> Policy:
        """The same policy with lines of a block written otherwise, a line left empty taken out; decisions are to be made anew on it.

        Raises Faults.
        """
        from chaoce.policy.load import rebuild

        return rebuild(self, self.chosen, {**self.rewrites, block: {**self.rewrites.get(block, {}), **lines.mapping()}})
