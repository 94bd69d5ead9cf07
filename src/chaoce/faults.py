"""What is wrong with what a person handed in, said so that the person can put it right.

A fault is a message of the catalogue below with its particulars and its place. Chinese first, English complete:

    Faults                 an exception; holds every fault found, never only the first
      Fault                one message: code, place (file, line, firm, fact, field), particulars

The tests hold one wrong file for every message of the catalogue.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: code -> (Chinese, English); `{…}` are the particulars of the fault.
MESSAGES: dict[str, tuple[str, str]] = {
    # files
    "file.missing": ("没有这个文件", "there is no such file"),
    "file.encoding": ("不是 UTF-8 文本(第 {offset} 字节)", "is not UTF-8 text (byte {offset})"),
    "file.kind": ("只读 .json 或 .jsonl 文件", "must be a .json or .jsonl file"),
    "file.empty": ("文件里没有企业", "holds no firm"),
    "api.several": (
        "这里一次只测算一家企业;多家企业用命令行,或逐行用 prepare 的 Session",
        "one firm at a time here; for several use the command line, or a Session of prepare line by line",
    ),
    "json.broken": ("不是合法的 JSON:{detail}", "is not JSON: {detail}"),
    "json.twice": ("同一对象里“{key}”出现两次;只能写一次", "'{key}' stands twice in one object; write it once"),
    "yaml.broken": ("YAML 有误:{detail}", "is not YAML: {detail}"),
    "yaml.alias": ("不用 & 和 * 引用;把内容写出来", "no aliases (& and *) here; write it out"),
    "yaml.twice": ("“{key}”出现两次;只能写一次", "'{key}' stands twice; write it once"),
    # a firm and its facts
    "shape": ("应为{want}", "should be {want_en}"),
    "missing": ("缺少“{key}”;应写{want}", "'{key}' is missing; write {want_en}"),
    "unknown.key": ("没有“{key}”这一项;可写:{options}", "no key '{key}' here; there is: {options}"),
    "unknown.field": ("事实类型 {type} 没有“{key}”这一项;可写:{options}", "a {type} has no field '{key}'; it has: {options}"),
    "unknown.type": ("没有事实类型“{value}”;有:{options}", "no fact type '{value}'; there is: {options}"),
    "unknown.value": ("没有“{value}”这个取值;可写:{options}", "no value '{value}'; one of: {options}"),
    "uscc.shape": (
        "“{value}”不是统一社会信用代码;应为 18 位数字和大写字母(不含 I、O、S、V、Z)",
        "'{value}' is no 统一社会信用代码: 18 digits and capitals without I, O, S, V, Z",
    ),
    "uscc.check": ("“{value}”校验位不对;按前 17 位应为 {right}", "'{value}' has a wrong check character; its first 17 give {right}"),
    "industry": ("“{value}”不是 GB/T 4754 行业代码;应如 C3962", "'{value}' is no GB/T 4754 industry; write it like C3962"),
    "division": ("“{value}”不是 {digits} 位行政区划代码;应如 {right}", "'{value}' is no code of {digits} digits; write it like {right}"),
    "money": (
        '“{value}”不是金额;应为以元为单位、不带符号、最多两位小数的字符串,如 "820000.00"',
        "'{value}' is no amount; write yuan as a string without sign and with at most two decimals, like \"820000.00\"",
    ),
    "money.number": (
        '{value} 是数字;金额写成带引号的字符串,如 "820000.00"',
        '{value} is a number; write an amount as a string in quotation marks, like "820000.00"',
    ),
    "date": ("“{value}”不是存在的日期;应如 2026-03-18", "'{value}' is no day of the calendar; write it like 2026-03-18"),
    "id.twice": ("编号“{value}”用了不止一次;每条事实一个编号", "id '{value}' is used twice; every fact has its own"),
    "matter": (
        "事项“{value}”有误;应为非空字符串,“#”后只跟一个明细号",
        "'{value}' is no matter; a string that is not empty, at most one '#' with a line after it",
    ),
    "series.twice": (
        "“{value}”在 {year} 年已有一条({other});每年一条",
        "there is already one of '{value}' for {year} ({other}); one a year",
    ),
    # fact types
    "types.clash": (
        "事实类型 {type} 的“{key}”与政策 {other} 所定不一致;同名字段须相同",
        "field '{key}' of {type} differs from that of policy {other}; fields of one name must be alike",
    ),
    "types.kind": ("没有字段种类“{value}”;可写:{options}", "no kind of field '{value}'; one of: {options}"),
    "types.list": ("没有名为“{value}”的取值表;有:{options}", "no list '{value}'; there is: {options}"),
    "types.by": (
        "“{value}”不能作 by;by 须是必填的选项字段",
        "'{value}' cannot be `by`: that is a field of choices which every fact has",
    ),
    "types.matter": (
        "“{value}”不是事项的写法;应如 recognition:{{title}},不含“#”",
        "'{value}' is no matter; write it like recognition:{{title}}, without '#'",
    ),
    "types.default": ("默认值“{value}”不是该种类的值", "the default '{value}' is no value of its kind"),
    "types.reserved": (
        "“{value}”是企业总体里另一张表的名字;事实类型换一个名字",
        "'{value}' is the name of another table of a population; name the type otherwise",
    ),
    "types.key": ("“{value}”不是 {type} 的字段;有:{options}", "'{value}' is no field of {type}; there is: {options}"),
    "types.common": ("每条事实都有“{key}”;这里不再写", "every fact has '{key}'; leave it out here"),
    # rules
    "expr.syntax": (
        "“{text}”不是这里的表达式;应如 productive_investment >= 2000万 and ai_field",
        "'{text}' is no expression here; write it like: productive_investment >= 20000000 and ai_field",
    ),
    "expr.deep": ("表达式嵌套过深;请拆开", "the expression is nested too deeply; part it"),
    "expr.type": ("“{text}”是{got},应为{want}", "'{text}' is of kind {got_en}; it should be of kind {want_en}"),
    "expr.name": ("{where} 没有“{name}”;可写:{options}", "no '{name}' in {where}; there is: {options}"),
    "expr.param": ("没有参数“{name}”;在 params 中声明的有:{options}", "no parameter '{name}'; params declares: {options}"),
    "expr.date": ("“{text}”不是存在的日期;应如 '2026-03-18'", "'{text}' is no day of the calendar; write it like '2026-03-18'"),
    "expr.compare": ("{left}与{right}不能用 {op} 比较", "{left_en} cannot be compared with {right_en} by {op}"),
    "expr.function": (
        "没有函数“{name}”;有:first, growth, holds, previous, years_since",
        "no function '{name}'; there is: first, growth, holds, previous, years_since",
    ),
    "expr.series": (
        "“{name}”要看往年,而事实类型 {type} 没有 series;在 facts.yaml 中写明",
        "'{name}' looks at earlier years, but {type} has no series; declare it in facts.yaml",
    ),
    "rule.amount": ("“{value}”不是金额;应如 500000 或 50万", "'{value}' is no amount; write it like 500000 or 50万"),
    "rule.rate": ("“{value}”不是比例;应如 50% 或 1/3", "'{value}' is no rate; write it like 50% or 1/3"),
    "rule.pays": (
        "“{value}”看不懂;应如 at most 50% of paid、at most 100万、1000 per 件",
        "'{value}' says no amount; write it like: at most 50% of paid, at most 1000000, 1000 per 件",
    ),
    "rule.shape": ("应写其中之一:{options}", "write one of: {options}"),
    "rule.class": ("“{value}”不是选项字段;分类须用选项字段或文字字段", "'{value}' is no choice; classes are of a choice or a text"),
    "rule.bracket": ("应有一档以上,每档如 {{above: 0, rate: 5%}}", "give brackets, each like {{above: 0, rate: 5%}}"),
    "rule.order": ("“{value}”没有按从低到高排列", "'{value}' is out of order; go from low to high"),
    "rule.limit": (
        "“{value}”不是上限;应如 50万 per firm per year、100万 per item",
        "'{value}' is no limit; write it like: 500000 per firm per year, 1000000 per item",
    ),
    "rule.per": ("不能按“{value}”;可按:{options}", "cannot be per '{value}'; per: {options}"),
    "rule.share": ("“{value}”:按比例的上限只能 per item", "'{value}': a limit that is a share of a base is per item"),
    "rule.impossible": (
        "上限“{value}”不可能:低于单项金额,或单项上限高于企业上限",
        "the limit '{value}' is impossible: below what one item pays, or an item's limit above the firm's",
    ),
    "rule.cross": (
        "上限“{value}”与“{other}”交叉;同一政策项的上限须一个在另一个之内,或按同一字段的不同取值分开",
        "the limits '{value}' and '{other}' cross; over one benefit one must lie in the other, or they part by values of one field",
    ),
    "rule.quota": ("“{value}”不是名额;应如 10 个 per year by rank", "'{value}' is no quota; write it like: 10 个 per year by rank"),
    "rule.pool": ("“{value}”不是资金池;应如 2.5亿 per year, pro rata", "'{value}' is no pool; write it like: 2.5亿 per year, pro rata"),
    "rule.schedule": ("“{value}”加起来不是 100%", "'{value}' does not add up to 100%"),
    "rule.on": ("“{value}”不是事实类型;应如 recognition(cdo_pilot)", "'{value}' is no fact type; write it like recognition(cdo_pilot)"),
    "rule.by": ("事实类型 {value} 不分称号;去掉括号", "{value} is not told apart by titles; leave the brackets out"),
    "rule.departments": (
        "责任单位已由原文写明({value});块中不再写",
        "the text itself names the departments ({value}); leave them out of the block",
    ),
    "rule.benefit": ("没有政策项“{value}”;有:{options}", "no benefit '{value}'; there is: {options}"),
    "rule.twice": ("“{value}”已在第 {other} 行出现", "'{value}' stands on line {other} already"),
    "rule.uplift": (
        "加奖所依据的“{value}”须在 beside 中且位于其前",
        "'{value}', on which the uplift stands, must come before it and be in its beside",
    ),
    "rule.shared": (
        "“{value}”:几项共用的单项上限只能是一个金额,如 2000万 per item",
        "'{value}': a limit of an item that several benefits share is a plain amount, like 20000000 per item",
    ),
    "rule.parts": (
        "“{value}”不足:各分项合计 {sum} 元",
        "'{value}' is less than its parts, which make {sum} yuan",
    ),
    # policy files
    "policy.missing": (
        "没有这个政策文件夹(内应有 policy.md);自带的有:{options}",
        "no policy folder here (it holds policy.md); at hand: {options}",
    ),
    "block.kind": ("没有“{value}”这种块;有:{options}", "no block of kind '{value}'; there is: {options}"),
    "block.name": (
        "{value} 块的开头有误;benefit、limit、pool、reading、policy 要有名字,其余不要名字",
        "a {value} block is headed wrongly; benefit, limit, pool, reading and policy have a name, the others none",
    ),
    "block.open": ("``` 没有成对;块以单独一行 ``` 开始和结束", "a ``` stands alone; a block begins and ends with a line of its own"),
    "block.missing": ("缺少 {value} 块", "the {value} block is missing"),
    "reading.options": ("口径至少要有两个选项", "a reading has at least two options"),
    "reading.block": ("口径所改的“{value}”不存在", "a reading changes '{value}', which does not exist"),
    # decisions
    "decision.year": ("决定是 {value} 年的,测算的是 {right} 年", "the decisions are of {value}, the assessment is of {right}"),
    "decision.promise": (
        "原文不是上限(没有“最高”“不超过”等),无可核定",
        "the text gives no ceiling here, so there is nothing to decide",
    ),
    "decision.above": (
        "核定 {got} 高于原文的 {text};核定不得高于原文",
        "{got} is above the text's {text}; a decision is never above the text",
    ),
    "decision.shape": ("与规则的形状不合;此项不能用 {want}", "does not fit the shape of the rule; {want} cannot settle it"),
    "decision.which": (
        "“{value}”在几项政策中都有({options});请写明 policy",
        "'{value}' is in several policies ({options}); say which with policy:",
    ),
    "decision.standard": ("没有规则用到标准“{value}”;用到的有:{options}", "no rule builds on a standard '{value}'; there is: {options}"),
    "decision.undecided": ("“{value}”自己还缺:{options}", "'{value}' itself still lacks: {options}"),
    # chaoce check
    "check.text": (
        "除去规则块后的文本与官方文本不同(SHA-256 {got}…,应为 {want}…);官方文本此处为“{words}”",
        "the text without its blocks differs from the official text (SHA-256 {got}…, should be {want}…); there it says '{words}'",
    ),
    "check.unquoted": ("“{value}”没有 quote;写明所依据的原文", "'{value}' has no quote; give the words of the text that it stands on"),
    "check.quote": ("原文没有“{words}”;逐字引用", "the text does not say '{words}'; quote it word for word"),
    "check.misplaced": (
        "“{words}”在{clause},不在本块所跟的句子里;把块移到该句之后",
        "'{words}' stands in {clause}, not in the sentence that this block follows; move the block behind it",
    ),
    "check.number": ("规则写 {value},而引文里的数是:{options}", "the rule says {value}, but the numbers of the quotation are: {options}"),
    "check.comparator": (
        "规则写 {value},而原文“{words}”的意思是 {said}",
        "the rule says {value}, but the text's '{words}' means {said}",
    ),
    "check.unit": ("原文没有“{value}”;单位须与原文一致", "the text does not say '{value}'; the unit must be the text's"),
    "check.unprovable": (
        "“{value}”在算式里,无法与原文核对;改为直接比较(可用 growth、first 等),或声明为参数",
        "'{value}' stands in a calculation and cannot be held to the text; compare directly (growth, first …), or declare a parameter",
    ),
    "check.respectively": (
        "引文中“{value}”不在“分别”所列的对象里,或对象与金额个数不等",
        "'{value}' is none of the things that 分别 divides in the quotation, or they are not as many as the amounts",
    ),
    "check.order": (
        "原文按“{value}”的次序分别给出金额,规则的次序与之不同",
        "the text gives its amounts in the order {value}; the rule gives them in another",
    ),
    "check.uncovered": (
        "{clause}“{words}”没有规则用到;写规则,或写 note 块说明理由",
        "no rule uses '{words}' in {clause}; write a rule, or a note block with the reason",
    ),
    # many firms
    "folder.missing": ("没有这个文件夹", "there is no such folder"),
    "population.firms": (
        "没有企业表 enterprises.parquet 或 enterprises.csv；可有的表：{options}",
        "no table of firms, enterprises.parquet or enterprises.csv; the tables that can be here: {options}",
    ),
    "population.twice": ("同一张表有两个文件（另一个是 {other}）；只留一个", "this table is here twice (also {other}); leave one"),
    "population.broken": ("读不了这个文件：{detail}", "cannot be read: {detail}"),
    "population.encoding": (
        "不是 UTF-8 文本（第 {offset} 字节）；在 Excel 中另存为“CSV UTF-8”",
        "is not UTF-8 text (byte {offset}); in Excel, save it as CSV UTF-8",
    ),
    "population.type": ("这一列的类型是 {got}；应为{want}", "this column is of type {got}; it should be {want_en}"),
    "population.unread": ("没有这种事实类型，文件未读", "no type of fact has this name; the file is not read"),
    "population.column": ("没有“{value}”这一列，未读；是否写错了列名", "there is no column '{value}'; it is not read; misspelt?"),
    "population.firm.twice": ("企业“{value}”不止一行；都未采用", "firm '{value}' stands on more than one row; none is used"),
    "population.no.firm": ("企业表里没有“{value}”", "there is no firm '{value}' in the table of firms"),
    "population.id": (
        "编号“{value}”在这家企业用了不止一次；都未采用",
        "id '{value}' is used more than once in this firm; none of them is used",
    ),
    "population.series": ("“{value}”同一年不止一条；都未采用", "there is more than one of '{value}' for one year; none of them is used"),
    "population.missing": ("缺少“{key}”", "'{key}' is missing"),
    "population.shape": ("“{value}”不是“{key}”的值；应为该字段的类型", "'{value}' is no value of '{key}'; it is of another kind"),
    "population.unknown.value": ("“{key}”没有“{value}”这个取值", "'{key}' has no value '{value}'"),
    "population.strict": (
        "--strict：{count} 行有误，停止；没有写出结果",
        "--strict: rows that are wrong: {count}; it stops here and writes no answer",
    ),
    "population.quota": (
        "{benefit} 的名额是 {quota}，而标为入选的有 {count} 个；应先更正名单：{facts}",
        "{benefit} has {quota} places and {count} are marked as chosen; put the list right: {facts}",
    ),
    "population.quota.rank": (
        "{benefit} 有 {count} 个，多于名额 {quota}，而规则没有写按哪个字段排名",
        "{benefit} has {count} for {quota} places, and its rule names no field that ranks them",
    ),
    "population.quota.flag": (
        "{benefit} 的名额不是由一个是否字段标明入选，无法按名次改选",
        "no single flag says which facts take a place of {benefit}, so they cannot be chosen anew by rank",
    ),
    "population.workers": (
        "工作进程多次中止，还有 {count} 段未算；再运行一次会接着算",
        "workers have died too often, {count} ranges are left; run it again to go on from here",
    ),
    "population.ray": (
        "没有安装 Ray；用 pip install 'chaoce[cluster]' 安装，或去掉 --engine ray",
        "Ray is not installed; install it with pip install 'chaoce[cluster]', or leave out --engine ray",
    ),
    "population.address": ("连不上 Ray 集群 {value}:{detail}", "the Ray cluster at {value} cannot be reached: {detail}"),
    "population.out": ("输出文件夹不能是输入文件夹", "the folder for the answer cannot be that of the population"),
    "population.notempty": ("文件夹不是空的；换一个或先清空", "the folder is not empty; name another or empty it first"),
    "population.count": ("“{value}”不对；应为{want}", "'{value}' is not right; it should be {want_en}"),
    "population.empty": ("没有任何企业", "there is no firm in it"),
    "compare.nothing": (
        "没有要比较的改动；用 --change、--to-reading、--to-policy 或 --solve",
        "nothing to compare; use --change, --to-reading, --to-policy or --solve",
    ),
    "compare.solve": ("--solve 和 --budget 要一起用", "--solve and --budget go together"),
    "change.solve": (
        "“{value}”不能反求；可写 政策项.{options} 之一",
        "'{value}' cannot be solved for; write BENEFIT. with one of: {options}",
    ),
    "change.form": (
        "“{value}”看不懂；应如 compute-purchase.rate=40% 或 benchmark-scenario.quota=20",
        "'{value}' is no change; write it like compute-purchase.rate=40% or benchmark-scenario.quota=20",
    ),
    "change.block": ("没有“{value}”；可改：{options}", "there is no '{value}'; it can be one of: {options}"),
    "change.which": (
        "“{value}”在几个政策里都有；写成 政策：{value}…，政策为：{options}",
        "'{value}' is in several policies; write POLICY:{value}…, with one of: {options}",
    ),
    "change.part": ("没有“{value}”这个数；可写：{options}", "there is no value '{value}'; it can be one of: {options}"),
    "change.count": ("“{value}”不是个数；应为非负整数", "'{value}' is no number of places; write a whole number"),
    # the command line
    "cli.reading": ("没有口径“{value}”;有:{options}", "no reading '{value}'; there is: {options}"),
    "cli.option": ("“{value}”应写成 口径=选项", "'{value}' should be written READING=OPTION"),
    "cli.firms.twice": (
        "有 {count} 家企业出现在不止一行;每行各自测算,同一事项可能被重复计算",
        "{count} firms stand on more than one line; each line is assessed by itself, so one matter may be counted twice",
    ),
    "cli.overwrite": (
        "不把网页写到输入或数据文件上;换一个 .html 文件名",
        "the page is not written over an input or data file; name an .html file",
    ),
    "cli.write": ("写不了这个文件:{detail}", "cannot be written: {detail}"),
    # the service
    "service.extra": (
        "没有安装服务所需的程序包（缺 {value}）；用 pip install 'chaoce[service]' 安装",
        "what the service needs is not installed ({value} is missing); install it with pip install 'chaoce[service]'",
    ),
    "service.port": ("端口 {value} 已被占用；用 --port 换一个", "port {value} is taken; name another with --port"),
    "service.running": (
        "这个文件夹的服务正在运行（进程 {value}）；先用 Ctrl-C 停止它",
        "the service of this folder is running (process {value}); stop it first, with Ctrl-C",
    ),
    "service.version": (
        "这里的数据是 PostgreSQL {has} 的，程序自带的是 {brings}；用 make demo-reset 重新开始，或用 --data 换一个文件夹",
        "the data here are of PostgreSQL {has}, and the program brings {brings}; begin anew with make demo-reset, or name "
        "another folder with --data",
    ),
    "service.postgres": ("PostgreSQL 没有启动：{detail}", "PostgreSQL did not start: {detail}"),
    "service.gone": ("PostgreSQL 停止了：{detail}", "PostgreSQL has stopped: {detail}"),
    "service.step": ("“{value}”没有完成（状态 {status}）：{detail}", "'{value}' failed (status {status}): {detail}"),
    "service.child": (
        "{value} 进程停止了（状态 {status}），服务随之停止：{detail}",
        "the process {value} has ended (status {status}), and the service with it: {detail}",
    ),
    "service.silent": (
        "{value} 秒内没有应答，服务没有启动：{detail}",
        "no answer within {value} seconds, so the service has not started: {detail}",
    ),
    "service.address": ("连不上数据库：{detail}", "the database cannot be reached: {detail}"),
    "service.owner": (
        "只有 DATABASE_OWNER_URL，没有 DATABASE_URL；两个都写，或只写 DATABASE_URL",
        "there is DATABASE_OWNER_URL without DATABASE_URL; give both, or DATABASE_URL alone",
    ),
    "service.role": (
        "数据库里已有角色 {value}，而它的密码不在这里；写明 DATABASE_URL 和 DATABASE_OWNER_URL，或用 CHAOCE_SERVE_ROLE 换一个名字",
        "the database has a role {value} already, and its password is not here; give DATABASE_URL and DATABASE_OWNER_URL, or "
        "another name with CHAOCE_SERVE_ROLE",
    ),
    "service.foreign": (
        "这个数据库不是演示用的（里面有 {value}）；给演示一个空的数据库",
        "this database is not a demonstration's (it holds {value}); give the demonstration an empty one",
    ),
    "service.needs": ("缺少环境变量 {value}", "the environment variable {value} is missing"),
    "service.folder": (
        "这不是演示的文件夹（里面没有 {value}）；没有删除任何东西",
        "this is no folder of a demonstration (it has no {value}); nothing is removed",
    ),
    "service.official": (
        "编号“{value}”是官方名单给出的事实,不能另作陈述;换一个编号",
        "id '{value}' is a fact of an official list and is not stated otherwise; take another id",
    ),
    "service.many": (
        "企业自行提交的事实至多 {limit} 条，自此起的未列入；请收回不需要的文件或事实",
        "a firm's own files and statements give at most {limit} facts, and those from here on are left out; take back the files or facts "
        "that are not needed",
    ),
    "service.yes": ("要删除这个文件夹；加上 --yes 表示同意", "this folder is to be removed; say --yes to agree"),
    "policy.twice": ("政策“{value}”给了两次", "policy '{value}' is given twice"),
    "names": ("应写中文名和英文名,如 {{zh: 算力补贴, en: Compute subsidy}}", "give both names, like {{zh: 算力补贴, en: Compute subsidy}}"),
}


#: What would break a line, steer a terminal or turn the order of signs; a file may hold it, what is printed does not.
UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def language() -> str:
    """The language to say things in: `CHAOCE_LANG` (zh or en), Chinese if it is not set."""
    return "en" if os.environ.get("CHAOCE_LANG", "zh").lower().startswith("en") else "zh"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with its place and what would be right."""

    code: str
    particulars: Mapping[str, object] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    firm: str | None = None
    fact: str | None = None
    key: str | None = None

    def say(self, lang: str | None = None) -> str:
        """One line: `file:line: firm …: fact …: field: what, and what would be right`."""
        zh = (lang or language()) == "zh"
        place = []
        if self.file is not None:
            place.append(self.file if self.line is None else f"{self.file}:{self.line}")
        if self.firm is not None:
            place.append(f"企业 {self.firm}" if zh else f"firm {self.firm}")
        if self.fact is not None:
            place.append(f"事实 {self.fact}" if zh else f"fact {self.fact}")
        if self.key is not None:
            place.append(self.key)
        last = (self.key or "").rpartition(".")[2]
        text = MESSAGES[self.code][0 if zh else 1].format(**{"key": last, **self.particulars})
        return UNPRINTED.sub(" ", ": ".join([*place, text]))

    def __str__(self) -> str:
        return self.say()


class Faults(Exception):
    """Everything found wrong in what was read; nothing of it has been used."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.say() for fault in self.faults))


def listed(options: Iterable[str]) -> str:
    """Options for a message: sorted and joined; a dash where there is none."""
    return ", ".join(sorted(options)) or "—"
