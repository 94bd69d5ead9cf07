"""The explanation as text for a terminal, Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.explain import explain
from chaoce.marked import Names
from chaoce.money import format_yuan, parse_yuan

_WIDTH = 92

WORDS = {
    "total": Names("应得合计", "Total due"),
    "ceiling": Names("其中上限(待年度决定核定)", "of which ceilings (not yet decided)"),
    "promised": Names("已核定或按原文", "decided, or as the text gives it"),
    "optimal": Names("已证明:没有更高的合法申报方式", "proven: no lawful way to claim gives more"),
    "gap": Names(
        "未证明最优:最多还可能多 {gap} 元(--exact 求证)", "not proven: at most {gap} yuan more is possible (--exact goes on to the proof)"
    ),
    "lead": Names("牵头", "lead"),
    "joint": Names("会审", "joint review"),
    "rule": Names("规则", "rule"),
    "limit": Names("限额", "limit"),
    "matter": Names("事项", "matter"),
    "evidence": Names("凭据", "evidence"),
    "refused": Names("没有支付的,以及差多少", "What pays nothing, and by how much it misses"),
    "change": Names("怎样才行", "what would change it"),
    "conflicts": Names("同一事项的取舍(从优、就高、不重复)", "One matter, one claim: what was chosen over what"),
    "readings": Names("口径:换一种读法,总额会变", "Open readings that would change the total"),
    "outside": Names("没有计入的事实", "Facts that were not counted"),
    "restated": Names("文本为转述,未与官方原文核对", "the text is a restatement, not checked against the official one"),
    "nothing": Names("没有可得的支持", "Nothing is due"),
    "year": Names("{year} 年", "{year}"),
    "yuan": Names("元", "yuan"),
    "over": Names("选", "chosen"),
    "against": Names("而非", "over"),
    "difference": Names("总额多", "more in total by"),
    "now": Names("现读", "read as"),
    "other": Names("另读", "or as"),
    "subtotal": Names("小计", "subtotal"),
}


def width(text: str) -> int:
    """Columns that a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


_WORD = re.compile(r"[!-~]+ ?|.")


def _wrap(text: str, indent: str) -> list[str]:
    """Lines of a text: Latin words stay whole, a Chinese line may break anywhere but before closing punctuation."""
    lines: list[str] = []
    line, columns, margin = "", 0, width(indent)
    for word in _WORD.findall(text):
        own = width(word)
        if line and margin + columns + own - word.endswith(" ") > _WIDTH and word not in ",。;:、”)…":
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
        return WORDS[key][self.lang].format(**particulars)

    def render(self, explanation: dict[str, Any]) -> str:
        """The whole explanation, ending in a newline."""
        lines = self._head(explanation)
        for benefit in explanation["benefits"]:
            lines += self._benefit(benefit)
        if not explanation["benefits"]:
            lines += ["", f"  {self._('nothing')}"]
        lines += self._refused(explanation["refused"])
        lines += self._conflicts(explanation["conflicts"])
        lines += self._readings(explanation["readings"])
        lines += self._outside(explanation["outside"])
        return "\n".join(lines) + "\n"

    def _head(self, e: dict[str, Any]) -> list[str]:
        lines = ["═" * _WIDTH, f"{e['name']}  {e['uscc']}  {self._('year', year=e['year'])}"]
        for policy in e["policies"]:
            lines.append(f"{policy['title'][self.lang]}" + (f" [{self._('restated')}]" if policy["restated"] else ""))
        lines += ["─" * _WIDTH, f"{_pad(self._('total'), 40)}{yuan(e['total']):>20} {self._('yuan')}"]
        if e["ceiling"] != "0.00":
            lines.append(f"{_pad('  ' + self._('ceiling'), 40)}{yuan(e['ceiling']):>20} {self._('yuan')}")
        if e["promised"] != "0.00":
            lines.append(f"{_pad('  ' + self._('promised'), 40)}{yuan(e['promised']):>20} {self._('yuan')}")
        lines.append("  " + (self._("optimal") if e["optimal"] else self._("gap", gap=yuan(e["gap"]))))
        return lines

    def _title(self, title: str) -> list[str]:
        return ["", title, "─" * _WIDTH]

    def _benefit(self, b: dict[str, Any]) -> list[str]:
        amount = f"{yuan(b['amount'])} {self._('yuan')}"
        head = f"{b['clause']} {b['title'][self.lang]}"
        lines = ["", f"{_pad(head, _WIDTH - width(amount) - 2)}  {amount}", f"  [{b['status'][self.lang]}]"]
        if b["restated"]:
            lines[-1] += f" [{self._('restated')}]"
        lines += _wrap(f"“{b['sentence']}”", "  ")
        if self.lang == "en" and b["translation"]:
            lines += _wrap(b["translation"], "    ")
        lines += _wrap(f"{self._('rule')}: {b['rule'][self.lang]}", "  ")
        for limit in b["limits"]:
            lines.append(f"  {self._('limit')}: {limit[self.lang]}")
        if b["lead"]["zh"]:
            joint = ("、" if self.lang == "zh" else ", ").join(name[self.lang] for name in b["joint"])
            lines += _wrap(f"{self._('lead')}: {b['lead'][self.lang]}" + (f" · {self._('joint')}: {joint}" if joint else ""), "  ")
        for group in alike(b["facts"]):
            lines += self._facts(group)
        for note in b["notes"]:
            lines += _wrap(f"· {note[self.lang]}", "  ")
        return lines

    def _facts(self, group: list[dict[str, Any]]) -> list[str]:
        fact = group[0]
        amount = f"{yuan(total(group))} {self._('yuan')}"
        head = f"  ▪ {fact['id']}  {fact['date']}  {fact['type'][self.lang]}"
        if len(group) > 1:
            head = f"  ▪ {fact['type'][self.lang]} × {len(group)}"
        elif fact["matter"] != [fact["id"]]:
            head += f"  ({self._('matter')} {', '.join(fact['matter'])})"
        lines = [f"{_pad(head, _WIDTH - width(amount) - 2)}  {amount}"]
        if len(group) > 1:
            lines += _wrap(", ".join(f"{own['id']} {own['date']}" for own in group), "      ")
        if len(group) == 1 and fact["evidence"]:
            lines += _wrap(f"{self._('evidence')}: {fact['evidence']}", "      ")
        for step in fact["steps"]:
            lines += _wrap(step[self.lang], "      ")
        return lines

    def _refused(self, refused: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("refused")) if refused else []
        for row in refused:
            lines.append(f"  ▫ {row['of']['id']}  {row['of']['date']}  →  {row['clause']} {row['title'][self.lang]}")
            lines += _wrap(row["why"][self.lang], "      ")
            if row["change"][self.lang] != "—":
                lines += _wrap(f"{self._('change')}: {row['change'][self.lang]}", "      ")
        return lines

    def _conflicts(self, conflicts: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("conflicts")) if conflicts else []
        for row in conflicts:
            lost, won = row["lost"], row["won"]
            lines.append(f"  ▫ {self._('matter')} {', '.join(row['matter'])}")
            if won is not None:
                lines += _wrap(
                    f"{self._('over')}: {won['fact']} {won['title'][self.lang]} {yuan(won['amount'])} {self._('yuan')}", "      "
                )
            lines += _wrap(
                f"{self._('against')}: {lost['fact']} {lost['title'][self.lang]} {yuan(lost['amount'])} {self._('yuan')}", "      "
            )
            if row["difference"] is not None:
                lines.append(f"      {self._('difference')} {yuan(row['difference'])} {self._('yuan')}")
        return lines

    def _readings(self, readings: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("readings")) if readings else []
        for row in readings:
            sign = "" if row["difference"].startswith("-") else "+"
            lines += _wrap(f"▫ {row['clause']} {row['question'][self.lang]}", "  ")
            lines += _wrap(f"{self._('now')}: {row['chosen'][self.lang]} — {yuan(row['total'])} {self._('yuan')}", "      ")
            other = f"{self._('other')}: {row['other'][self.lang]} — {yuan(row['other_total'])} {self._('yuan')}"
            lines += _wrap(f"{other} ({sign}{yuan(row['difference'])})", "      ")
        return lines

    def _outside(self, outside: list[dict[str, Any]]) -> list[str]:
        lines = self._title(self._("outside")) if outside else []
        for row in outside:
            lines.append(f"  ▫ {row['id']}  {row['date']}  {row['type'][self.lang]}: {row['why'][self.lang]}")
        return lines


def to_text(answer: Answer, lang: str = "zh") -> str:
    """The explanation of an answer as text, `zh` or `en`."""
    return Terminal(lang).render(explain(answer))
