"""An independent reader of the rule tree: what every benefit gives firms without conflicts, written as DuckDB SQL.

It reads the population files of the contract (section 4) and shares nothing with the engine but the tree itself. Money is
whole fen in HUGEINT, a number a pair of whole numbers, never a DOUBLE; an overflow is DuckDB's error and never a wrong
amount. What is unstated is NULL, and SQL's own three-valued logic carries it. What cannot be said raises CannotSay.

A firm is in conflict where two claims share a matter or something that is paid once, or where benefits that are paid beside
each other could be claimed in fewer parts with profit; such firms are named and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sql_facts import Book, Terms, is_open
from sql_text import case_of, column, overlap, quoted, rounded, whole, year_of

from chaoce.policy.model import Policy
from chaoce.rules import tree as t


class Answers(NamedTuple):
    """Fen by (uscc, policy, benefit), above zero and without the firms in conflict; and those firms."""

    amounts: dict[tuple[str, str, str], int]
    conflicts: set[str]


def amounts(policies: Sequence[Policy], year: int, folder: Path) -> dict[tuple[str, str, str], int]:
    """What the firms of a folder without conflicts are due in a year, in fen by (uscc, policy, benefit); nothing below a fen."""
    return read(policies, year, folder).amounts


def read(policies: Sequence[Policy], year: int, folder: Path) -> Answers:
    """The amounts, and the firms that they leave out."""
    with Book(folder) as book:
        plans = [_Plan(book, policy, year) for policy in policies]
        conflicts = _conflicts(book, plans)
        found = {
            (uscc, plan.policy.id, plan.policy.benefits[line].id): int(fen)
            for plan in plans
            for uscc, line, fen in book.rows(f"SELECT uscc, line, sum(fen) FROM {plan.paid()} GROUP BY ALL HAVING sum(fen) > 0")
            if uscc not in conflicts
        }
        return Answers(found, conflicts)


# A policy


class _Plan:
    """One policy over the facts of a folder: `dues` holds what each benefit gives each fact after received support."""

    def __init__(self, book: Book, policy: Policy, year: int):
        self.book, self.policy, self.year = book, policy, year
        self._terms: dict[str, Terms] = {}
        self.decided = [not is_open((b.pays, b.where, b.limits)) for b in policy.benefits]
        own = [limit for b, decided in zip(policy.benefits, self.decided, strict=True) if decided for limit in b.limits]
        self.caps = [limit for limit in (*own, *policy.limits) if limit.per != "item"]
        self.bundles = _bundles(policy.benefits)
        parts = [part for bundle in range(len(policy.benefits)) for part in self._bundle(bundle)]
        none = "NULL::VARCHAR uscc, NULL::VARCHAR id, NULL::DATE AS day, 0 bundle, 0 line, 0::BIGINT AS row, 0::HUGEINT AS fen"
        self.dues = book.table(" UNION ALL ".join(parts) or f"SELECT {none} WHERE FALSE")

    def terms(self, type_name: str) -> Terms:
        if type_name not in self._terms:
            self._terms[type_name] = Terms(self, self.policy.types.types[type_name])
        return self._terms[type_name]

    def caps_of(self, benefit: t.Benefit) -> list[t.Limit]:
        return [limit for limit in self.caps if benefit.id in limit.over]

    def _bundle(self, bundle: int) -> Iterator[str]:
        """The dues of benefits that are paid beside each other: limits shared in the item, then what the matter has received."""
        lines = [line for line, number in enumerate(self.bundles) if number == bundle and self.decided[line]]
        if not lines:
            return
        terms = self.terms(self.policy.benefits[lines[0]].on)
        gives = {line: self._gives(line) for line in lines}
        columns = [f"coalesce(g{line}.fen, 0::HUGEINT) AS given{line}" for line in lines]
        columns += ["coalesce(w.fen, 0::HUGEINT) AS support"]
        shared = [limit for limit in self.policy.limits if limit.per == "item"]
        for place, line in enumerate(lines):
            most = [f"given{line}"]
            for limit in shared:
                if self.policy.benefits[line].id in limit.over:
                    before = [other for other in lines[:place] if self.policy.benefits[other].id in limit.over]
                    most.append(" - ".join([whole(limit.amount), *(f"held{other}" for other in before)]))
            columns.append(f"least({', '.join(most)}) AS held{line}")
        for place, line in enumerate(lines):
            left = " - ".join(["support", *(f"taken{other}" for other in lines[:place])])
            columns.append(f"least(held{line}, {left}) AS taken{line}")
        joins = " ".join(f"LEFT JOIN {gives[line]} g{line} ON g{line}.row = f.row" for line in lines)
        total = " + ".join(f"held{line} - taken{line}" for line in lines)
        some = " OR ".join(f"g{line}.fen IS NOT NULL" for line in lines)
        had = f"LEFT JOIN {terms.had} w ON w.row = f.row"
        select = f"SELECT f.row, f.uscc, f.id, f.day, {', '.join(columns)} FROM {terms.facts} f {joins} {had} WHERE {some}"
        wide = f"({select})" if len(lines) == 1 else self.book.table(select)
        for line in lines:
            due = f"{bundle} bundle, {line} line, row, held{line} - taken{line} AS fen"
            yield f"SELECT uscc, id, day, {due} FROM {wide} WHERE given{line} > 0 AND {total} > 0"

    def _gives(self, line: int) -> str:
        """What one benefit gives for each fact, after the limits of the item: a table (row, fen), above zero."""
        benefit, policy = self.policy.benefits[line], self.policy
        terms = self.terms(benefit.on)
        holds = [terms.counts(self.year)]
        if benefit.of is not None:
            holds.append(f"f.{column('x_' + terms.type.by)} IN ({', '.join(map(quoted, benefit.of))})")
        holds += [terms.flag(part) for part in (policy.eligible, benefit.where) if part is not None]
        holds += [f"{terms.flag(limit.when)} IS NOT NULL" for limit in self.caps_of(benefit) if limit.when is not None]
        if benefit.once == "firm":
            mine = f"r.benefit = {quoted(benefit.id)} AND coalesce(r.policy, {quoted(policy.id)}) = {quoted(policy.id)}"
            holds.append(f"NOT EXISTS (SELECT 1 FROM {self.book.received} r WHERE r.uscc = f.uscc AND {mine})")
        stages = [rounded(terms.exact(benefit.pays), policy.settings.rounding)]
        for limit in benefit.limits:
            if limit.per == "item":
                stages.append(terms.under(limit, f"s{len(stages) - 1}"))
        columns = ", ".join(f"{sql} AS s{number}" for number, sql in enumerate(stages))
        inner = f"SELECT f.row, {columns} FROM {terms.source()} WHERE {' AND '.join(holds)}"
        return self.book.table(f"SELECT row, s{len(stages) - 1} AS fen FROM ({inner}) WHERE s{len(stages) - 1} > 0")

    def paid(self) -> str:
        """The dues after the limits over several facts, each filled by date, then id; the inner limit before the outer."""
        dues = self.dues
        for limit in sorted(self.caps, key=lambda limit: (limit.per == "firm", len(limit.over), limit.when is None)):
            dues = self._capped(dues, limit)
        return dues

    def _capped(self, dues: str, limit: t.Limit) -> str:
        members = self._members(dues, limit)
        left = f"greatest(0::HUGEINT, {whole(limit.amount)} - coalesce(u.fen, 0))"
        order = "PARTITION BY m.uscc, m.key ORDER BY m.day, m.id, m.bundle, m.line ROWS UNBOUNDED PRECEDING"
        sums = f"SELECT m.*, {left} AS most, sum(m.fen) OVER ({order}) - m.fen AS before"
        used = f"LEFT JOIN {self._used(limit, members)} u ON u.uscc = m.uscc AND u.key IS NOT DISTINCT FROM m.key"
        held = "greatest(0::HUGEINT, least(fen, most - before)) AS fen"
        free = f"NOT EXISTS (SELECT 1 FROM {members} m WHERE m.line = d.line AND m.row = d.row)"
        rest = f"SELECT uscc, id, day, bundle, line, row, fen FROM {dues} d WHERE {free}"
        return self.book.table(f"SELECT uscc, id, day, bundle, line, row, {held} FROM ({sums} FROM {members} m {used}) UNION ALL {rest}")

    def _members(self, dues: str, limit: t.Limit) -> str:
        """The dues under a limit, with the value that tells it apart."""
        parts = []
        for line, benefit in enumerate(self.policy.benefits):
            if benefit.id in limit.over and self.decided[line]:
                terms = self.terms(benefit.on)
                when = "TRUE" if limit.when is None else terms.flag(limit.when)
                key = "NULL" if limit.per == "firm" else terms.key(limit.per)
                own = f"{terms.source()} JOIN {dues} d ON d.row = f.row AND d.line = {line}"
                parts.append(f"SELECT d.*, {key}::VARCHAR AS key FROM {own} WHERE {when}")
        return self.book.table(" UNION ALL ".join(parts) or f"SELECT d.*, NULL::VARCHAR AS key FROM {dues} d WHERE FALSE")

    def _used(self, limit: t.Limit, members: str) -> str:
        """Received support that counts against a limit: where its matter is, or everywhere if no fact that its benefits read shows it."""
        policy = quoted(self.policy.id)
        counts = f"r.benefit IN ({', '.join(map(quoted, limit.over))}) AND coalesce(r.policy, {policy}) = {policy}"
        if limit.span != "life":
            counts += f" AND coalesce(r.year, {year_of('r.day', self.policy.settings.year_starts)}) = {self.year}"
        if limit.per == "firm":
            return f"(SELECT r.uscc, NULL::VARCHAR AS key, sum(r.fen) AS fen FROM {self.book.received} r WHERE {counts} GROUP BY r.uscc)"
        shown = self.book.table(" UNION ".join(self.terms(name).shown(limit.per) for name in sorted(self._read(limit))))
        keys = f"(SELECT DISTINCT uscc, key FROM {members}) k"
        here = f"EXISTS (SELECT 1 FROM {shown} s WHERE s.item = r.item AND s.key IS NOT DISTINCT FROM k.key)"
        nowhere = f"r.item NOT IN (SELECT item FROM {shown})"
        held = f"{keys} JOIN {self.book.received} r ON r.uscc = k.uscc WHERE {counts} AND ({here} OR {nowhere})"
        return f"(SELECT k.uscc, k.key, sum(r.fen) AS fen FROM {held} GROUP BY ALL)"

    def _read(self, limit: t.Limit) -> set[str]:
        """The types of fact that a limit's benefits read."""
        return {benefit.on for benefit in self.policy.benefits if benefit.id in limit.over}


def _bundles(benefits: Sequence[t.Benefit]) -> list[int]:
    """Benefits that may be paid beside each other, directly or through others, have one number: the place of the first."""
    number = list(range(len(benefits)))
    place = {benefit.id: line for line, benefit in enumerate(benefits)}
    for line, benefit in enumerate(benefits):
        for other in benefit.beside:
            low, high = sorted((number[line], number[place[other]]))
            number = [low if own == high else own for own in number]
    return number


# Conflicts


def _conflicts(book: Book, plans: Sequence[_Plan]) -> set[str]:
    """The firms whose claims could exclude each other, over all policies together."""
    questions = [_several_ways(plan) for plan in plans] + [_once(plan, line) for plan in plans for line in range(len(plan.bundles))]
    matters = []
    for number, plan in enumerate(plans):
        for name, terms in plan._terms.items():
            lines = ", ".join(str(line) for line, benefit in enumerate(plan.policy.benefits) if benefit.on == name) or "-1"
            claims = f"SELECT DISTINCT row, bundle FROM {plan.dues} WHERE line IN ({lines})"
            claim = f"{quoted(f'{number} {name}')} || ' ' || m.row || ' ' || c.bundle AS claim"
            matters.append(f"SELECT m.uscc, m.base, m.part, {claim} FROM {terms.matters} m JOIN ({claims}) c ON c.row = m.row")
    if matters:
        held = book.table(" UNION ALL ".join(matters))
        met = f"a.uscc = b.uscc AND a.claim < b.claim AND {overlap('a', 'b')}"
        questions.append(f"SELECT a.uscc FROM {held} a JOIN {held} b ON {met}")
    return {row[0] for question in questions if question for row in book.rows(question)}


def _several_ways(plan: _Plan) -> str | None:
    """Where benefits paid beside each other meet in a fact, and one of them is paid once or is under a limit over several facts."""
    if len(set(plan.bundles)) == len(plan.bundles):
        return None
    lines = [line for line, b in enumerate(plan.policy.benefits) if b.once or plan.caps_of(b)]
    choice = f"bool_or(line IN ({', '.join(map(str, lines)) or '-1'}))"
    types = case_of([(f"line = {line}", quoted(b.on)) for line, b in enumerate(plan.policy.benefits)], None)
    return f"SELECT uscc FROM {plan.dues} GROUP BY uscc, {types}, bundle, row HAVING count(*) > 1 AND {choice}"


def _once(plan: _Plan, line: int) -> str | None:
    """Where two facts claim a benefit that is paid once a firm, or once a value of a field."""
    benefit = plan.policy.benefits[line]
    if benefit.once is None or not plan.decided[line]:
        return None
    terms = plan.terms(benefit.on)
    key = "NULL" if benefit.once == "firm" else terms.key(benefit.once)
    claims = f"{plan.dues} d JOIN {terms.facts} f ON f.row = d.row AND d.line = {line}"
    return f"SELECT uscc FROM (SELECT d.uscc, {key} AS key FROM {claims}) GROUP BY uscc, key HAVING count(*) > 1"
