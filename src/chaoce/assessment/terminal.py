"""The explanation as text for a terminal, Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.explain import explain
from chaoce.faults import UNPRINTED
from chaoce.marked import Names
from chaoce.money import format_yuan, parse_yuan
from chaoce.rules.words import chinese_punctuation

_WIDTH = 92

_SAID = {
    "total": Names("测算合计", "Total"),
    "total_ceiling": Names("测算合计(含上限)", "Total, ceilings included"),
    "ceiling": Names("其中上限(待年度决定核定)", "of which ceilings (not yet decided)"),
    "promised": Names("已核定或按原文", "decided, or as the text gives it"),
    "optimal": Names("已证明:没有更高的合法申报方式", "proven: no lawful way to claim gives more"),
    "gap": Names(
        "未证明最优:最多还可能多 {gap} 元(用 --exact 求证)",
        "not proven: at most {gap} yuan more is possible (--exact goes on to the proof)",
    ),
    "by_matter": Names(
        "按“逐个事项取大”的口径;总额最高的方式可多 {gap} 元", "read matter by matter; the best total would be {gap} yuan more"
    ),
    "lead": Names("牵头", "lead"),
    "joint": Names("会审", "joint review"),
    "rule": Names("规则", "rule"),
    "settled": Names("核定", "decided"),
    "limit": Names("限额", "limit"),
    "matter": Names("事项", "matter"),
    "evidence": Names("凭据", "evidence"),
    "refused": Names("未获支持的事项及差距", "What pays nothing, and by how much it misses"),
    "change": Names("需要", "what would change it"),
    "conflicts": Names("同一事项的取舍(从优、就高、不重复)", "One matter, one claim: what was chosen over what"),
    "readings": Names("影响总额的未定口径", "Open readings that would change the total"),
    "received": Names("此前已获的支持", "Support received before"),
    "outside": Names("没有计入的事实", "Facts that were not counted"),
    "restated": Names("文本为转述,未与官方原文核对", "the text is a restatement, not checked against the official one"),
    "disagrees": Names("规则与官方原文核对未通过({count} 处)", "rules and official text do not agree ({count} faults)"),
    "not_in_force": Names("{year} 年不在有效期内({first} 至 {last})", "{year} is outside the term ({first} to {last})"),
    "no_end": Names("未定", "open"),
    "nothing": Names("没有可得的支持", "Nothing is due"),
    "year": Names("{year} 年", "{year}"),
    "yuan": Names("元", "yuan"),
    "over": Names("采用", "chosen"),
    "against": Names("未采用", "over"),
    "difference": Names("采用前者,总额多", "more in total by"),
    "now": Names("采用口径", "read as"),
    "other": Names("另一口径", "or as"),
}
WORDS = {key: Names(chinese_punctuation(names.zh), names.en) for key, names in _SAID.items()}


def width(text: str) -> int:
    """Columns that a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


_WORD = re.compile(r"[!-~]+ ?|.")
#: Signs that do not begin a line.
_CLOSING = ",;:\uff0c\uff1b\uff1a。、”)\uff09〕》…"


def _wrap(text: str, indent: str) -> list[str]:
    """Lines of a text: Latin words stay whole, a Chinese line may break anywhere but before closing punctuation."""
    lines: list[str] = []
    line, columns, margin = "", 0, width(indent)
    for word in _WORD.findall(text):
        own = width(word)
        if line and margin + columns + own - word.endswith(" ") > _WIDTH and word not in _CLOSING:
            lines.append(indent + line.rstrip())
            line, columns = "", 0
        line, columns = line + word, columns + own
    return [*lines, indent + line.rstrip()]


def yuan(amount: str) -> str:
    """A decimal yuan string with its thousands parted."""
    whole, _, part = amount.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{part}"


def alike(facts: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Facts of a benefit in runs of the same arithmetic, from four of them on: thirty certificates are one line."""
    groups: list[list[dict[str, Any]]] = []
    for fact in facts:
        if groups and groups[-1][0]["steps"] == fact["steps"] and groups[-1][0]["amount"] == fact["amount"]:
            groups[-1].append(fact)
        else:
            groups.append([fact])
    return [run for group in groups for run in ([group] if len(group) > 3 else [[fact] for fact in group])]


def total(facts: list[dict[str, Any]]) -> str:
    """The sum of what facts are paid, in yuan."""
    return format_yuan(sum(parse_yuan(fact["amount"]) or 0 for fact in facts))


class Terminal:
    """Renders explanations in one language."""

    def __init__(self, lang: str):
        self.lang = lang

    def _(self, key: str, **particulars: object) -> str:
        return self._say(WORDS[key]).format(**particulars)

    def _say(self, names: Names) -> str:
        return names[self.lang]

    def _label(self, key: str, text: str) -> str:
        return f"{self._(key)}\uff1a{text}" if self.lang == "zh" else f"{self._(key)}: {text}"

    def _amount(self, text: str, amount: str) -> str:
        """A line with an amount at its right end."""
        shown = f"{yuan(amount)} {self._('yuan')}"
        return f"{_pad(text, _WIDTH - width(shown) - 2)}  {shown}"

    def render(self, explanation: dict[str, Any]) -> str:
        """The whole explanation, ending in a newline."""
        self._several = len(explanation["policies"]) > 1
        self._titles = {policy["id"]: self._say(policy["title"]) for policy in explanation["policies"]}
        lines = self._head(explanation)
        for benefit in explanation["benefits"]:
            lines += self._benefit(benefit)
        if not explanation["benefits"]:
            lines += ["", f"  {self._('nothing')}"]
        lines += self._refused(explanation["refused"])
        lines += self._conflicts(explanation["conflicts"])
        lines += self._readings(explanation["readings"])
        lines += self._received(explanation["received"])
        lines += self._outside(explanation["outside"])
        return "\n".join(UNPRINTED.sub(" ", line) for line in lines) + "\n"

    def _head(self, e: dict[str, Any]) -> list[str]:
        lines = ["═" * _WIDTH, f"{e['name']}  {e['uscc']}  {self._('year', year=e['year'])}"]
        for policy in e["policies"]:
            lines.append(self._say(policy["title"]))
            lines += [f"  ! {mark}" for mark in policy_marks(policy, e["year"], self.lang)]
        lines += ["─" * _WIDTH, self._amount(self._("total_ceiling" if e["ceiling"] != "0.00" else "total"), e["total"])]
        if e["ceiling"] != "0.00":
            lines.append(self._amount("  " + self._("ceiling"), e["ceiling"]))
            if e["promised"] != "0.00":
                lines.append(self._amount("  " + self._("promised"), e["promised"]))
        if proof := proof_of(e):
            lines.append("  " + self._(proof, gap=yuan(e["gap"])))
        return lines

    def _title(self, title: str) -> list[str]:
        return ["", title, "─" * _WIDTH]

    def _of_policy(self, row: dict[str, Any]) -> list[str]:
        return [f"  〔{self._titles[row['policy']]}〕"] if self._several else []

    def _benefit(self, b: dict[str, Any]) -> list[str]:
        lines = [
            "",
            self._amount(f"{b['clause']} {self._say(b['title'])}", b["amount"]),
            *self._of_policy(b),
            f"  [{self._say(b['status'])}]",
        ]
        lines += _wrap(f"({self._('restated')}) {b['sentence']}" if b["restated"] else f"“{b['sentence']}”", "  ")
        if self.lang == "en" and b["translation"]:
            lines += _wrap(b["translation"], "    ")
        lines += _wrap(self._label("settled" if b["settled"] else "rule", self._say(b["rule"])), "  ")
        for limit in b["limits"]:
            lines.append(f"  {self._label('limit', self._say(limit))}")
        if b["lead"]["zh"]:
            joint = ("、" if self.lang == "zh" else ", ").join(name[self.lang] for name in b["joint"])
            lead = self._label("lead", b["lead"][self.lang])
            lines += _wrap(lead + (f" · {self._label('joint', joint)}" if joint else ""), "  ")
        for group in alike(b["facts"]):
            lines += self._facts(group)
        for note in b["notes"]:
            lines += _wrap(f"· {self._say(note)}", "  ")
        return lines

    def _facts(self, group: list[dict[str, Any]]) -> list[str]:
        fact = group[0]
        if len(group) > 1:
            lines = [self._amount(f"  ▪ {self._say(fact['type'])} × {len(group)}", total(group))]
            lines += _wrap(", ".join(f"{own['id']} {own['date']}" for own in group), "      ")
        else:
            lines = [self._amount(f"  ▪ {fact['id']}  {fact['date']}  {self._say(fact['type'])}", fact["amount"])]
            if fact["matter"] != [fact["id"]]:
                lines += _wrap(self._label("matter", ", ".join(fact["matter"])), "      ")
            if fact["evidence"]:
                lines += _wrap(self._label("evidence", fact["evidence"]), "      ")
        for step in fact["steps"]:
            lines += _wrap(self._say(step), "      ")
        return lines

    def _refused(self, refused: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("refused")) if refused else []
        for row in refused:
            of = row["of"]
            lines += _wrap(f"▫ {of['id']}  {of['date']}  {self._say(of['type'])}  →  {row['clause']} {self._say(row['title'])}", "  ")
            lines += [f"    {line}" for line in self._of_policy(row)]
            lines += _wrap(self._say(row["why"]), "      ")
            if row["change"].zh != "—":
                lines += _wrap(self._label("change", self._say(row["change"])), "      ")
        return lines

    def _conflicts(self, conflicts: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("conflicts")) if conflicts else []
        for row in conflicts:
            lines += _wrap(f"▫ {self._label('matter', ', '.join(row['matter']))}", "  ")
            for key, claim in (("over", row["won"]), ("against", row["lost"])):
                if claim is not None:
                    text = self._label(key, f"{claim['fact']} {claim['clause']} {self._say(claim['title'])}")
                    lines.append(self._amount(f"      {text}", claim["amount"]))
                    lines += [f"    {line}" for line in self._of_policy(claim)]
            if row["difference"] is not None:
                lines.append(self._amount(f"      {self._('difference')}", row["difference"]))
        return lines

    def _readings(self, readings: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("readings")) if readings else []
        for row in readings:
            lines += _wrap(f"▫ {row['clause']} {self._say(row['question'])}", "  ")
            for key, amount in (("now", row["total"]), ("other", row["other_total"])):
                said = row["chosen" if key == "now" else "other"]
                *above, last = _wrap(self._label(key, self._say(said)), "      ")
                if width(last) > _WIDTH - 24:
                    above, last = [*above, last], "      "
                lines += [*above, self._amount(last, amount)]
        return lines

    def _received(self, received: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("received")) if received else []
        for row in received:
            lines.append(self._amount(f"  ▫ {row['date']}  {self._say(row['title'])}", row["amount"]))
            lines += _wrap(self._label("matter", f"{row['matter']} — {self._say(row['effect'])}"), "      ")
        return lines

    def _outside(self, outside: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("outside")) if outside else []
        for row in outside:
            said = f"{self._say(row['type'])} — {self._say(row['why'])}"
            lines += _wrap(f"▫ {row['id']}  {row['date']}  {said}", "  ")
        return lines


def policy_marks(policy: dict[str, Any], year: int, lang: str) -> list[str]:
    """What must be known of a policy before its figures are believed."""
    marks = []
    if policy["restated"]:
        marks.append(WORDS["restated"])
    if policy["disagreements"]:
        count = policy["disagreements"]
        marks.append(Names(WORDS["disagrees"].zh.format(count=count), WORDS["disagrees"].en.format(count=count)))
    if not policy["in_force"]:
        last = [policy["to"] or WORDS["no_end"][own] for own in ("zh", "en")]
        said = [
            WORDS["not_in_force"][own].format(year=year, first=policy["from"], last=end)
            for own, end in zip(("zh", "en"), last, strict=True)
        ]
        marks.append(Names(*said))
    if policy["decided_note"] is not None:
        marks.append(policy["decided_note"])
    return [mark[lang] for mark in marks]


def proof_of(explanation: dict[str, Any]) -> str | None:
    """Which word tells how sure the total is; none where nothing is due."""
    if explanation["bound"] == "0.00":
        return None
    if explanation["optimal"]:
        return "optimal"
    return "by_matter" if explanation["by_matter"] else "gap"


def to_text(answer: Answer, lang: str = "zh") -> str:
    """The explanation of an answer as text, `zh` or `en`."""
    return Terminal(lang).render(explain(answer))
