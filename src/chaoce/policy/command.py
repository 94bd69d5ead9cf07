"""`chaoce check`: what was proven, what is wrong, and how much of the text the rules cover."""

from __future__ import annotations

import argparse
import sys

from chaoce.faults import language
from chaoce.folders import find_folder
from chaoce.policy.check import Report, check
from chaoce.policy.load import load_policy


def run(options: argparse.Namespace) -> int:
    """Check a policy folder: 0 if text and rules agree, 1 if not; raises Faults where a block cannot be read."""
    report = check(load_policy(find_folder(options.folder), {}))
    for fault in report.faults:
        print(fault.say(), file=sys.stderr)
    print("\n".join(_lines(report, language())))
    return 0 if report.good else 1


def _lines(report: Report, lang: str) -> list[str]:
    policy = report.policy
    zh = lang == "zh"
    lines = [f"{policy.title[lang]} ({policy.id})"]
    if policy.restated:
        lines.append("文本为转述:未核对原文和引文" if zh else "the text is a restatement: text and quotations were not checked")
    else:
        lines.append(f"SHA-256 {policy.document.sha256}" + ("" if policy.document.sha256 == policy.sha256 else " ≠ " + policy.sha256))
        section = "、".join(policy.pays_in)
        lines.append(_coverage(report, section, zh))
    lines.append(f"规则 {len(policy.benefits)} 项" if zh else _many(len(policy.benefits), "rule"))
    lines.append(f"未定口径 {len(policy.readings)} 个" if zh else _many(len(policy.readings), "open reading"))
    for reading in policy.readings:
        chosen = policy.chosen[reading.id]
        others = ", ".join(option.id for option in reading.options if option.id != chosen)
        lines.append(f"  {reading.clause} {reading.id}: {chosen} ({'另有' if zh else 'or'} {others}) — {reading.question[lang]}")
    if report.faults:
        lines.append(f"有 {len(report.faults)} 处不一致" if zh else _many(len(report.faults), "fault"))
    elif policy.restated:
        lines.append("规则可读;没有原文可核对" if zh else "the rules can be read; there is no official text to hold them against")
    else:
        lines.append("规则与原文一致" if zh else "rules and text agree")
    return lines


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")


def _coverage(report: Report, section: str, zh: bool) -> str:
    if zh:
        return (
            f"{section}:{report.sentences} 句,其中 {report.with_numbers} 句有数字(共 {report.numbers} 个);"
            f"{report.with_rule} 句有规则,{report.with_reason} 句另有说明"
        )
    return (
        f"section {section}: {report.sentences} sentences, {report.with_numbers} of them with numbers ({report.numbers} in all); "
        f"{report.with_rule} have a rule, {report.with_reason} a stated reason"
    )
