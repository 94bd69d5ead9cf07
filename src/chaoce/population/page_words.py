"""What the page of a comparison says, in both languages; `{…}` are the particulars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chaoce.marked import Names

#: key -> what is said. Full stops, commas and the like are those of each language.
WORDS: Mapping[str, Names] = {
    # the head
    "kind": Names("政策变动测算", "What a change of policy does"),
    "of_year": Names("{year} 年度 · {firms} 家企业", "{year} · {firms} firms"),
    "no_change": Names("没有改动", "Nothing is changed"),
    "against": Names("对照", "Compared with"),
    "original": Names("{policies}的原规则", "the rules of {policies} as they stand"),
    "with_readings": Names("（口径：{readings}）", " (read as: {readings})"),
    "with_changes": Names("（已改：{changes}）", " (changed: {changes})"),
    "synthetic": Names(
        "本页的企业全部是虚构的。数字只用来演示，不说明任何真实的县市。",
        "Every firm behind this page is invented. The figures are for demonstration and tell nothing of a real place.",
    ),
    "no_script": Names(
        "图表需要 JavaScript；没有它，全部数字仍在各节的表里。",
        "The charts need JavaScript; without it all figures are still in the tables.",
    ),
    # one change, said
    "set": Names("“{name}”的{key}改为 {value}", "{name}: {key} becomes {value}"),
    "rewritten": Names("“{name}”的 {key} 一行改写为：{value}", "{name}: the line {key} now reads: {value}"),
    "left_out": Names("“{name}”的 {key} 一行删去", "{name}: the line {key} is left out"),
    "reading": Names("口径 {name} 取 {value}", "{name} is read as {value}"),
    "policies": Names("政策换为{policies}", "Other policies: {policies}"),
    "key_rate": Names("比例{part}", "rate{part}"),
    "key_amount": Names("金额{part}", "amount{part}"),
    "key_limit": Names("上限{part}", "limit{part}"),
    "key_quota": Names("名额{part}", "quota{part}"),
    "key_pool": Names("总额{part}", "pool{part}"),
    "part": Names("（{part}）", " ({part})"),
    "places": Names("{count} 个", "{count} places"),
    "per_item": Names("单项", "an item"),
    "per_firm": Names("每家", "a firm"),
    # figures
    "before": Names("改前", "before"),
    "after": Names("改后", "after"),
    "difference": Names("差额", "difference"),
    "yuan": Names("元", "yuan"),
    "cost_before": Names("改前支出", "Cost before"),
    "cost_after": Names("改后支出", "Cost after"),
    "cost_difference": Names("差额", "Difference"),
    "of_before": Names("比改前{moved}", "{moved} than before"),
    "winners": Names("得多的企业", "Firms that get more"),
    "losers": Names("得少的企业", "Firms that get less"),
    "of_firms": Names("占全部企业的 {share}", "{share} of all firms"),
    "same_too": Names("；另有 {count} 家不变", "; {count} firms get the same"),
    "interval": Names("差额的 90% 区间", "90% interval of the difference"),
    "interval_take_up": Names("差额的 90% 区间（按申报率）", "90% interval of the difference, at the take-up given"),
    "to": Names("{low}至 {high}", "{low} to {high}"),
    "to_exact": Names("{low} 至 {high}", "{low} to {high}"),
    "interval_means": Names(
        "把这批企业重新抽样 {draws} 次，每次都重算改前和改后；90% 的差额落在这个区间里。它只说明企业的构成会带来多大出入。",
        "The firms were drawn again {draws} times and the cost before and after worked out for each draw; 90% of the differences lie "
        "in this interval. It tells only how much depends on which firms there are.",
    ),
    "interval_means_take_up": Names(
        "把这批企业重新抽样 {draws} 次，每次由一部分企业按申报率申报，都重算改前和改后；90% 的差额落在这个区间里。"
        "上面的改前、改后则按全部企业都申报计，所以更大。",
        "The firms were drawn again {draws} times, with only a part of them applying, as the take-up says; 90% of the differences lie "
        "in this interval. The costs above assume that every firm applies, and so are larger.",
    ),
    "quantiles": Names("重抽样的分位数（元）", "Percentiles of the draws (yuan)"),
    "quantile": Names("分位数", "percentile"),
    "expected": Names("按申报率的预期支出", "Expected cost at the take-up given"),
    "take_up_is": Names("申报率：{rates}", "Take-up: {rates}"),
    "take_up_all": Names("全部政策项", "all benefits"),
    "take_up_others": Names("其余政策项", "all other benefits"),
    "more": Names("多 {amount}", "{amount} more"),
    "less": Names("少 {amount}", "{amount} less"),
    "neither": Names("不变", "unchanged"),
    # solved
    "solved_found": Names("预算 {budget}：{what}可定为 {value}", "A budget of {budget} allows {what} of {value}"),
    "solved_all": Names(
        "预算 {budget}：{what}定到可取的最大值 {value} 也够", "A budget of {budget} covers {what} even at its greatest, {value}"
    ),
    "solved_none": Names(
        "预算 {budget}不够：{what}取最小的 {value} 就要 {cost}",
        "A budget of {budget} is not enough: {what} of {value}, the least, costs {cost}",
    ),
    "solved_what": Names("“{name}”的{key}", "a {key} for {name}"),
    "solved_cost": Names("按此支出 {cost} 元，预算余 {left} 元。", "It costs {cost} yuan and leaves {left} yuan of the budget."),
    "solved_next": Names("再高一档 {value} 要 {cost} 元，超出预算。", "The next step up, {value}, costs {cost} yuan, over the budget."),
    "solved_flat": Names("再往上支出不再增加，图到此为止。", "Beyond that it costs no more; the chart ends there."),
    "solved_own": Names("这里的支出和预算只指这一项。", "Cost and budget are those of this benefit alone."),
    "solved_whole": Names("这里的支出和预算指全部政策项。", "Cost and budget are those of the whole plan."),
    "value": Names("取值", "value"),
    "cost": Names("支出", "cost"),
    "cost_yuan": Names("支出（元）", "cost (yuan)"),
    "budget": Names("预算", "budget"),
    "chosen": Names("所取", "chosen"),
    "left": Names("预算减支出（元）", "budget less cost (yuan)"),
    # charts
    "table": Names("准确数字", "Exact figures"),
    # units of the axes: the smallest, from ten thousand (thousand) on, from a hundred million (million) on
    "unit_1": Names("元", "yuan"),
    "unit_2": Names("万元", "thousand yuan"),
    "unit_3": Names("亿元", "million yuan"),
    "clauses_title": Names("变动最大的是“{name}”，{moved}", "{name} moves most: {moved}"),
    "clauses_same": Names("各项支出都不变", "No benefit costs more or less"),
    "clauses_note": Names(
        "各政策项改前、改后的支出；改前改后都是零的 {count} 项未列。括号内是变化。",
        "What each benefit costs before and after; not shown because they cost nothing either way: {count}. In brackets: the change.",
    ),
    "clauses_note_all": Names(
        "各政策项改前、改后的支出。括号内是变化。", "What each benefit costs before and after. In brackets: the change."
    ),
    "clauses_none": Names("没有一项支出，无图可画。", "No benefit costs anything, so there is no chart."),
    "clause": Names("条款", "clause"),
    "benefit": Names("政策项", "benefit"),
    "policy": Names("政策", "policy"),
    "firms_before": Names("改前企业", "firms before"),
    "firms_after": Names("改后企业", "firms after"),
    "money_before": Names("改前（元）", "before (yuan)"),
    "money_after": Names("改后（元）", "after (yuan)"),
    "money_difference": Names("差额（元）", "difference (yuan)"),
    "gain": Names("得多", "get more"),
    "lose": Names("得少", "get less"),
    "total": Names("合计", "total"),
    "fall_title": Names(
        "从 {before}到 {after}：{count} 项变动，合计{moved}", "From {before} to {after}: {count} benefits change, together {moved}"
    ),
    "fall_title_one": Names("从 {before}到 {after}：只有“{name}”变动，{moved}", "From {before} to {after}: only {name} changes, {moved}"),
    "fall_same": Names("没有一项支出变动", "No benefit changes"),
    "fall_none": Names(
        "改前改后的支出完全相同，合计 {total}，无图可画。", "Before and after cost the same, {total}, so there is no chart."
    ),
    "fall_note": Names(
        "从改前的合计起，逐项加减，到改后的合计；不变动的政策项未列。",
        "From the total before, benefit by benefit, to the total after; benefits that do not change are left out.",
    ),
    "fall_break": Names("横轴在锯齿处略去一段。", "At the zigzag a stretch of the axis is left out."),
    "rise": Names("增加", "more"),
    "drop": Names("减少", "less"),
    "total_before": Names("改前合计", "total before"),
    "total_after": Names("改后合计", "total after"),
    "running": Names("累计", "running total"),
    "running_yuan": Names("累计（元）", "running total (yuan)"),
    "lorenz_title": Names(
        "得到最多的 10% 企业拿走 {before} 的钱，改后 {after}",
        "The 10% of paid firms with the most get {before} of the money; after the change {after}",
    ),
    "lorenz_title_same": Names(
        "得到最多的 10% 企业拿走 {before} 的钱，改后不变", "The 10% of paid firms with the most get {before} of the money, before and after"
    ),
    "lorenz_title_after": Names(
        "改后，得到最多的 10% 企业拿走 {after} 的钱", "After the change the 10% of paid firms with the most get {after} of the money"
    ),
    "lorenz_title_before": Names(
        "改前，得到最多的 10% 企业拿走 {before} 的钱；改后无人得到",
        "Before the change the 10% of paid firms with the most get {before} of the money; after it nobody is paid",
    ),
    "lorenz_none_title": Names("没有企业得到支持", "No firm is paid"),
    "lorenz_none": Names(
        "改前改后都没有企业得到支持，集中程度无从说起。", "No firm is paid before or after, so there is no concentration to show."
    ),
    "lorenz_note": Names(
        "只计改前或改后得到支持的企业，从得到最少的排起；曲线离对角线越远，钱越集中。得到最少的一半企业：改前共得 {before}，改后 {after}。",
        "Only firms that are paid before or after, those with the least first; the farther a curve from the diagonal, the more "
        "the money is concentrated. The half with the least get {before} before and {after} after.",
    ),
    "lorenz_firms": Names("企业占比（从得到最少的起）", "share of firms, those with the least first"),
    "lorenz_money": Names("资金占比", "share of the money"),
    "lorenz_before": Names("改前资金占比", "share of the money before"),
    "lorenz_after": Names("改后资金占比", "share of the money after"),
    "lorenz_top": Names("最多的 10%", "top 10%"),
    "even": Names("人人相同", "all alike"),
    "bite_title": Names(
        "“{name}”的上限从{per} {amount}放宽到 {limit}，支出{moved}",
        "{name}: with the limit raised from {amount} {per} to {limit}, the cost is {moved}",
    ),
    "bite_down": Names("收紧到 {limit}，则{moved}。", "At {limit} it is {moved}."),
    "bite_none_title": Names("没有可以画的上限", "No limit to draw"),
    "bite_none": Names(
        "所比的规则没有按固定金额封顶的上限，或者没有一个压住企业。",
        "The rules compared have no limit of a fixed amount, or none that holds a firm.",
    ),
    "bite_note": Names(
        "每加一元花得最多的上限，取不同高度时全部政策项的支出；竖线是改后规则中的高度。纵轴不从零起。",
        "The cost of the whole plan at other heights of the limit whose next yuan costs most; the line marks its height in the "
        "changed rules. The upright axis does not start at zero.",
    ),
    "bite_now": Names("改后规则：{limit}", "changed rules: {limit}"),
    "bite_here": Names("改后规则", "changed rules"),
    "bite_limit": Names("上限", "limit"),
    "bite_limit_yuan": Names("上限（元）", "limit (yuan)"),
    "bite_cost": Names("全部政策项的支出", "cost of the whole plan"),
    "bite_cost_yuan": Names("全案支出（元）", "cost of the whole plan (yuan)"),
    "bite_difference": Names("比改后规则（元）", "against the changed rules (yuan)"),
    "by_size": Names("按规模", "By size"),
    "by_section": Names("按行业", "By industry"),
    "by_town": Names("按镇街", "By town"),
    "group_title": Names("{by}：变动最大的是{name}，{moved}", "{by}: {name} moves most, {moved}"),
    "group_same": Names("{by}：各组都不变", "{by}: no group changes"),
    "group_note": Names(
        "先是改前、改后的支出，再是得少、得多的企业数。",
        "First the cost before and after, then how many firms get less and how many more.",
    ),
    "group_note_shown": Names(
        "图中只画支出最多的 {count} 组，其余在表里。", "The chart shows the {count} groups that cost most; the others are in the table."
    ),
    "group_none": Names("没有企业。", "There are no firms."),
    "group": Names("组别", "group"),
    "firms": Names("企业", "firms"),
    "panel_money": Names("支出", "cost"),
    "panel_firms": Names("得少 ← 企业数 → 得多", "get less ← firms → get more"),
    "panel_count": Names("家", "firms"),
    # limits and shortages
    "limits": Names("各项上限", "The limits"),
    "limits_note": Names(
        "“压住的企业”是上限提高一元就会多得的企业数；“每加一元多花”是上限提高一元时，全部政策项要多付的钱。都按改后的规则算。",
        "Firms held: those that would get more if the limit were one yuan higher. Cost of a yuan more: what the whole plan would pay more. "
        "Both under the changed rules.",
    ),
    "limits_none": Names("改后的规则没有按固定金额封顶的上限。", "The changed rules have no limit of a fixed amount."),
    "limit_per": Names("范围", "per"),
    "limit_amount": Names("数额（元）", "amount (yuan)"),
    "limit_held": Names("压住的企业", "firms held"),
    "limit_marginal": Names("每加一元多花（元）", "cost of a yuan more (yuan)"),
    "shortages": Names("名额和总额不够的地方", "Where places and pools run short"),
    "shortages_note": Names("都按改后的规则算。", "All under the changed rules."),
    "shortages_none": Names("改后没有名额或总额不够的情形。", "After the change no number of places and no pool runs short."),
    "short_name": Names("名称", "name"),
    "short_holds": Names("有", "there is"),
    "short_wanted": Names("需要", "wanted"),
    "short_how": Names("怎么办", "what is done"),
    "short_yuan": Names("{amount} 元", "{amount} yuan"),
    "how_quota": Names("按名次取", "the best ranks are taken"),
    "how_tie": Names("末位并列，并列者都未取", "those tied for the last place are left out"),
    "how_first_come": Names("先到先得", "first come, first served"),
    "how_pro_rata": Names("按比例分", "shared pro rata"),
    "how_unsaid": Names("原文未写如何分，金额未减", "the text does not say how to share; nothing is cut"),
    # the foot
    "about": Names("这些数字是什么", "What these figures are"),
    "about_ceiling": Names(
        "原文只写“最高”“不超过”的，凡年度决定没有另定，一律按上限计；所以数字是上限，不是拨款。",
        "Where the text says “at most” and no decision of the year says otherwise, the most is counted: "
        "the figures are ceilings, not grants.",
    ),
    "about_city": Names(
        "金额都是扣过全市名额和总额之后的，并且每家企业按对它最有利的合法方式申报。",
        "All amounts are after the quotas and pools of the city, and every firm claims in the lawful way that is best for it.",
    ),
    "about_take_up": Names(
        "除写明“按申报率”的以外，都按全部企业申报计。", "Unless it says “at the take-up given”, every firm is taken to apply."
    ),
    "about_rules": Names("改前：{before}。改后：{after}。", "Before: {before}. After: {after}."),
    "computed": Names("由 chaoce 潮策 {version} 计算", "computed by chaoce 潮策 {version}"),
    # between parts
    "nothing": Names("", ""),
    "space": Names("", " "),
    "list": Names("、", ", "),
    "semicolon": Names("；", "; "),
}


#: What the script of the page says itself.
DRAWN = (
    *("before", "after", "difference", "yuan", "unit_1", "unit_2", "unit_3", "gain", "lose", "firms", "cost", "running", "budget"),
    *("lorenz_firms", "lorenz_money", "lorenz_top", "even", "bite_limit", "bite_cost", "panel_money", "panel_firms", "panel_count"),
    *("value", "chosen"),
)


def say(key: str, /, **particulars: Any) -> Names:
    """The words of a key in both languages; a particular may itself be Names."""
    return Names(*(WORDS[key][lang].format(**{name: _in(value, lang) for name, value in particulars.items()}) for lang in ("zh", "en")))


def join(key: str, parts: list[Names]) -> Names:
    """Names one after another, with the separator of the key between them."""
    return Names(*(WORDS[key][lang].join(part[lang] for part in parts) for lang in ("zh", "en")))


def _in(value: Any, lang: str) -> Any:
    return value[lang] if isinstance(value, Names) else value
