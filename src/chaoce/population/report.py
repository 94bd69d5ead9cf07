"""A run said for a person, in the language of `CHAOCE_LANG`: tables that line up, also where Chinese signs are twice as wide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from chaoce.faults import language
from chaoce.money import parse_yuan, say_yuan
from chaoce.population.city import Shortage
from chaoce.population.recipe import Recipe
from chaoce.population.run import SHOWN, Outcome, faults_of
from chaoce.rules.words import chinese_punctuation

_ROADS = {
    "none": ("没有可申报的", "nothing to claim"),
    "free": ("事项互不重叠，全部申报", "no claims meet: all are made"),
    "largest": ("重叠而不受上限牵连，取较大的", "they meet under no limit that binds: the largest"),
    "batch": ("交叉重叠或受上限牵连，同形一并求解", "they cross, or limits tie them: solved together, shape by shape"),
    "engine": ("逐家求解", "read one by one"),
}
_HOW = {
    "quota": ("名额 {holds} 个，申报 {wanted} 个，按名次取", "{holds} places for {wanted}: the best ranks"),
    "tie": (
        "名额 {holds} 个，申报 {wanted} 个；末位并列，并列者都未取",
        "{holds} places for {wanted}; those tied for the last are left out",
    ),
    "first come": ("总额 {holds} 元，应付 {wanted} 元，先到先得", "{holds} yuan for {wanted}: first come, first served"),
    "pro rata": ("总额 {holds} 元，应付 {wanted} 元，按比例分", "{holds} yuan for {wanted}: shared pro rata"),
    "unsaid": (
        "总额 {holds} 元，应付 {wanted} 元；原文未写如何分，金额未减",
        "{holds} yuan for {wanted}; the text does not say how to share, nothing is cut",
    ),
}


def said(zh: str, en: str) -> str:
    """The text in the language of `CHAOCE_LANG`."""
    return chinese_punctuation(zh) if language() == "zh" else en


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1) -> str:
    """Rows under a head; columns from the one numbered `right` on end at the same place."""
    widths = [max(width(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for column, text in enumerate(row):
            space = " " * (widths[column] - width(text))
            cells.append(space + text if column >= right else text + space)
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), "  ".join("-" * size for size in widths), *map(line, rows)])


def _fen(value: Any) -> int:
    """Fen of a decimal of yuan with two places."""
    return int(value * 100)


def run_report(outcome: Outcome, recipe: Recipe) -> str:
    """What a run found: benefit by benefit, the roads, what was short, and where the files are."""
    zh = language() == "zh"
    report = outcome.report
    lines = [
        said(
            f"{recipe.year} 年度：企业 {report.firms:,} 家，事实 {report.facts:,} 条",
            f"{recipe.year}: {report.firms:,} firms, {report.facts:,} facts",
        )
    ]
    if outcome.resumed:
        lines.append(said(f"接着上次：{outcome.resumed} 段已算好", f"gone on from an earlier run: {outcome.resumed} ranges were done"))
    rows = []
    total = [0, 0]
    for row in outcome.totals.iter_rows(named=True):
        before, amount = _fen(row["before_pool"]), _fen(row["amount"])
        total[0] += before
        total[1] += amount
        rows.append([f"{row['clause']} {row['benefit']}", f"{row['firms']:,}", say_yuan(before), say_yuan(amount)])
    rows.append([said("合计", "total"), "", say_yuan(total[0]), say_yuan(total[1])])
    head = ["政策项", "企业", "限额前（元）", "应付（元）"] if zh else ["benefit", "firms", "before city limits (yuan)", "amount (yuan)"]
    lines += ["", table(head, rows), ""]
    lines.append(said("各走哪条路（家）：", "which road the firms took:"))
    for name, words in _ROADS.items():
        if report.roads.get(name):
            lines.append(f"  {report.roads[name]:>12,}  {said(*words)}")
    if report.roads.get("batch"):
        lines.append(said(f"  {report.shapes:>12,}  种形状", f"  {report.shapes:>12,}  shapes"))
    if report.roads.get("engine"):
        counts = (report.searched, report.solved, report.shared)
        lines.append(
            said(
                "  {:>12,}  个部分搜索求得，{:,} 个交给求解器，{:,} 个与别的相同".format(*counts),
                "  {:>12,}  parts searched, {:,} solved by HiGHS, {:,} like another".format(*counts),
            )
        )
    lines.extend(_shortage(shortage) for shortage in outcome.shortages)
    lines.append(said(f"结果在 {outcome.folder}", f"the answer is in {outcome.folder}"))
    return "\n".join(lines)


def _shortage(shortage: Shortage) -> str:
    places = shortage.how in ("quota", "tie")
    values = {
        "holds": f"{shortage.holds:,}" if places else say_yuan(shortage.holds),
        "wanted": f"{shortage.wanted:,}" if places else say_yuan(shortage.wanted),
    }
    zh, en = _HOW[shortage.how]
    return said(f"{shortage.name}\uff1a{zh.format(**values)}", f"{shortage.name}: {en.format(**values)}")


def rejected_lines(outcome: Outcome) -> list[str]:
    """The first rows that were set aside and how many there are; files and columns that nothing reads."""
    lines = [fault.say() for fault in outcome.notes]
    if outcome.rejected.height:
        lines.extend(fault.say() for fault in faults_of(outcome.rejected))
        count = outcome.rejected.height
        more = count - min(count, SHOWN)
        zh = f"共 {count:,} 行有误，未采用" + (f"；以上是前 {SHOWN} 行" if more else "") + f"；全部见 {outcome.folder / 'rejected.parquet'}"
        en = f"{_rows(count)} wrong and set aside" + (f"; these are the first {SHOWN}" if more else "")
        lines.append(said(zh, f"{en}; all are in {outcome.folder / 'rejected.parquet'}"))
    return lines


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def synthetic_report(summary: Any, out: Path) -> str:
    """What was made, and that it is invented."""
    lines = [summary.notice[language()]]
    rows = [[name, f"{count:,}"] for name, count in summary.counts.items()]
    lines.append(table([said("表", "table"), said("行", "rows")], rows))
    lines.append(said(f"在 {out}", f"in {out}"))
    return "\n".join(lines)


def rejected_note(study: Any) -> str | None:
    """How many rows a study does not count, if any."""
    count = study.base.report.rejected
    if not count:
        return None
    return said(
        f"{count:,} 行有误，未计入；先用 chaoce population run 查看",
        f"{_rows(count)} wrong and not counted; see them with chaoce population run",
    )


def _signed(fen: int) -> str:
    return f"+{say_yuan(fen)}" if fen > 0 else say_yuan(fen)


def _of(text: str) -> int:
    """Fen of an amount as the data writes it, signed."""
    return -(parse_yuan(text[1:]) or 0) if text.startswith("-") else parse_yuan(text) or 0


def _row(name: str, before: str, after: str, winners: int, losers: int) -> list[str]:
    was, would = _of(before), _of(after)
    return [name, say_yuan(was), say_yuan(would), _signed(would - was), f"{winners:,}", f"{losers:,}"]


def compare_report(data: dict[str, Any], out: Path | None) -> str:
    """A comparison for the terminal: by clause, by group, how sure, what limits hold."""
    lang = language()
    lines = []
    if data["synthetic"]:
        lines.append(
            said("这是虚构的企业，数字不说明任何真实的县市", "these firms are synthetic; the figures tell nothing of a real place")
        )
    changed = [*data["change"]["changes"], *(f"{name}={option}" for name, option in data["change"]["readings"].items())]
    if data["change"]["policies"] != data["base"]["policies"]:
        changed.insert(0, ", ".join(data["change"]["policies"]))
    lines.append(
        said(
            f"{data['year']} 年度，{data['firms']:,} 家企业。改动：{'、'.join(changed) or '无'}",
            f"{data['year']}, {data['firms']:,} firms. Change: {', '.join(changed) or 'none'}",
        )
    )
    lines.append("")
    head = (
        ["", "改前（元）", "改后（元）", "差（元）", "得多", "得少"]
        if lang == "zh"
        else ["", "before (yuan)", "after (yuan)", "difference", "winners", "losers"]
    )
    rows = [
        _row(f"{row['clause']} {row[lang]}", row["before"], row["after"], row["winners"], row["losers"])
        for row in data["benefits"]
        if row["before"] != "0.00" or row["after"] != "0.00"
    ]
    rows.append(_row(said("合计", "total"), data["before"], data["after"], data["winners"], data["losers"]))
    lines += [table(head, rows), ""]
    for by, title in (("size", said("按规模", "by size")), ("section", said("按行业", "by industry")), ("town", said("按镇街", "by town"))):
        own = [row for row in data["groups"] if row["by"] == by]
        lines += [
            table([title, *head[1:]], [_row(row[lang], row["before"], row["after"], row["winners"], row["losers"]) for row in own]),
            "",
        ]
    spread = data["spread"]
    low, middle, high = (_of(text) for text in spread["difference"])
    lines.append(
        said(
            f"不确定性（{spread['draws']} 次抽样）：差额 90% 在 {_signed(low)} 到 {_signed(high)} 元之间，中位 {_signed(middle)} 元",
            f"how sure ({spread['draws']} draws): the difference is between {_signed(low)} and {_signed(high)} yuan in 90% of them, "
            f"the median {_signed(middle)}",
        )
    )
    if data["expected"]:
        was, would = (_of(text) for text in data["expected"])
        lines.append(
            said(
                f"按申报率，预期改前 {say_yuan(was)} 元，改后 {say_yuan(would)} 元",
                f"with the take-up given, expected {say_yuan(was)} yuan before and {say_yuan(would)} after",
            )
        )
    held = [row for row in data["limits"] if row["held"]]
    if held:
        per = {"item": said("单项", "an item"), "firm": said("每家", "a firm")}
        title = said("上限", "limit")
        head = [
            title,
            said("数额（元）", "amount"),
            said("压住的企业", "firms it holds"),
            said("每加一元多花（元）", "cost of a yuan more"),
        ]
        rows = [
            [
                f"{row['clause']} {row[lang]} {per.get(row['per'], row['per'])}",
                say_yuan(_of(row["amount"])),
                f"{row['held']:,}",
                say_yuan(_of(row["marginal"])),
            ]
            for row in held
        ]
        lines += ["", table(head, rows)]
    lines.extend(_shortage_of(row) for row in data["shortages"])
    if out is not None:
        lines += ["", said(f"表和网页在 {out}（comparison.html）", f"tables and the page are in {out} (comparison.html)")]
    return "\n".join(lines)


def _shortage_of(row: dict[str, Any]) -> str:
    zh, en = _HOW[row["how"]]
    return said(f"{row['name']}\uff1a{zh.format(**row)}", f"{row['name']}: {en.format(**row)}")


def solve_report(solved: Any) -> str:
    """Which value spends the budget."""
    budget = say_yuan(solved.budget)
    if solved.value is None:
        return said(
            f"{solved.name}：取 {solved.next_value} 就要 {say_yuan(solved.next_cost)} 元，超过预算 {budget} 元",
            f"{solved.name}: {solved.next_value} already costs {say_yuan(solved.next_cost)} yuan, over the budget of {budget}",
        )
    left = say_yuan(solved.budget - solved.cost)
    if solved.next_value is None:
        return said(
            f"{solved.name}：取最大的 {solved.value} 也只要 {say_yuan(solved.cost)} 元，用不完预算 {budget} 元",
            f"{solved.name}: even {solved.value}, the most there is, costs only {say_yuan(solved.cost)} yuan of the budget of {budget}",
        )
    zh = f"{solved.name}={solved.value}：{say_yuan(solved.cost)} 元，不超过预算 {budget} 元，余 {left} 元"
    en = f"{solved.name}={solved.value} costs {say_yuan(solved.cost)} yuan of the budget of {budget}, leaving {left}"
    zh += f"；下一档 {solved.next_value} 要 {say_yuan(solved.next_cost)} 元"
    en += f"; the next, {solved.next_value}, costs {say_yuan(solved.next_cost)}"
    return said(zh, en)
