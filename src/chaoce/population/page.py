"""The page of a comparison: one HTML file with both languages, charts and the exact figures under them, that needs no network.

Python says everything that is text: sentences, labels, exact amounts. The script of the page only draws, so that no figure passes
through a binary float on its way into a table or a sentence.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from chaoce.faults import Fault, Faults
from chaoce.files import read_text, write_atomically
from chaoce.marked import Names
from chaoce.money import format_yuan, say_yuan
from chaoce.policy.change import Change
from chaoce.population.page_figures import about, decimal, exact, fen_of, moved, share, short, signed, signed_about
from chaoce.population.page_words import DRAWN, WORDS, join, say
from chaoce.rules.phrases import read_amount

_HERE = Path(__file__).parent
#: More groups than these are not drawn: a chart of two hundred towns shows nothing.
_SHOWN = 30
#: Changes of one value that are amounts of money.
_AMOUNTS = ("amount", "limit", "pool")
#: What stands before the library in the page, as its licences ask.
_NOTICES = ("echarts.NOTICE", "echarts.LICENSE-zrender", "echarts.LICENSE-d3")

Data = dict[str, Any]


def write_page(path: Path, data: Data) -> None:
    """Write the page whole or not at all; raises Faults where it cannot be written."""
    try:
        write_atomically(path, render_page(data))
    except OSError as error:
        raise Faults([Fault("cli.write", {"detail": error.strerror or str(error)}, file=str(path))]) from None


def render_page(data: Data) -> str:
    """The page of what `to_data` gives; the same data gives the same page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
    from markupsafe import Markup

    from chaoce import __version__

    environment = Environment(
        loader=PackageLoader("chaoce.population", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    view = _View(data)
    sections = view.sections()
    drawing = {"charts": view.charts, "words": {key: _pair(WORDS[key]) for key in DRAWN}}
    scripts = [_library(), read_text(_HERE / "templates" / "comparison.js")]
    return environment.get_template("comparison.html").render(
        view=view,
        sections=sections,
        w=WORDS,
        say=say,
        drawing=Markup(_json(drawing)),
        scripts=[Markup(text) for text in scripts],
        hashes=[_hash(text) for text in scripts],
        version=__version__,
    )


def _library() -> str:
    """ECharts with its notices before it. Its comments lose the scheme of their addresses, so that no address stands in the page."""
    notices = "\n".join(read_text(_HERE / "static" / name) for name in _NOTICES)
    text = f"/*!\n{notices}\n*/\n{read_text(_HERE / 'static' / 'echarts.common.min.js')}"
    for address in ("www.apache.org/", "github.com/ecomfe/"):
        text = text.replace(f"http://{address}", address).replace(f"https://{address}", address)
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(script: str) -> str:
    """What the policy of the page names a script by: nothing else runs, whatever a name holds."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _json(value: Any) -> str:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _pair(names: Names) -> dict[str, str]:
    return {"zh": names.zh, "en": names.en}


def _money(fen: int, difference: bool = False) -> Data:
    """An amount for the script: to draw, to label, to show exactly."""
    return {"v": format_yuan(fen), "x": exact(fen) if difference else say_yuan(fen), **_pair(signed(fen) if difference else short(fen))}


def _millionths(value: int) -> str:
    """A share in millionths, exactly, in percent."""
    return f"{value // 10**4}.{value % 10**4:04d}".rstrip("0").rstrip(".") + "%"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], foot: Sequence[Any] | None = None, left: int = 1) -> Data:
    """A table for the template: the first `left` columns are words, the others figures; `fine` rows are not printed."""
    return {"head": [WORDS[key] for key in head], "rows": [list(row) for row in rows], "foot": foot, "left": left, "fine": set()}


class _View:
    """What the page says of a comparison."""

    def __init__(self, data: Data):
        self.data = data
        self.charts: dict[str, Data] = {}
        self.titles = {policy["id"]: Names(policy["zh"], policy["en"]) for policy in data["policies"]}
        self.several = len(self.titles) > 1
        self.benefits = [_Row(row) for row in data["benefits"]]
        self.before, self.after = fen_of(data["before"]), fen_of(data["after"])

    # names

    def policy(self, name: str) -> Names:
        """The title of a policy, which the recipe may name by its folder."""
        own = PurePath(name).name
        title = self.titles.get(name) or self.titles.get(own)
        return Names(f"《{title.zh}》", title.en) if title else Names(own, own)

    def name_of(self, policy: str | None, benefit: str) -> Names:
        """The title of a benefit; the name as written where no benefit has it, as of a pool."""
        for row in self.benefits:
            if row.data["benefit"] == benefit and policy in (None, row.data["policy"]):
                return row.title
        return Names(benefit, benefit)

    def key(self, change: Change) -> Names:
        part = Names("", "")
        if change.part is not None:
            part = say("part", part=WORDS.get(f"per_{change.part}", Names(change.part, change.part)))
        return say(f"key_{change.key}", part=part)

    def changes(self, written: Sequence[str]) -> list[Data]:
        """Each change in words, with what was written."""
        return [{"said": self.change(text), "written": text} for text in written]

    def change(self, written: str) -> Names:
        try:
            change = Change.read(written)
        except Faults:
            return Names(written, written)
        name = self.name_of(change.policy, change.block)
        if f"key_{change.key}" not in WORDS or not change.is_value:
            return say("rewritten" if change.text else "left_out", name=name, key=change.key, value=change.text)
        return say("set", name=name, key=self.key(change), value=self.value(change.key, change.text))

    def value(self, key: str, text: str) -> Names:
        """A value of a change in words: a rate as it is, money in units, places as such."""
        fen = read_amount(text) if key in _AMOUNTS else None
        if fen is not None:
            return about(fen) if fen % 10**6 == 0 else Names(f"{say_yuan(fen)} 元", f"{say_yuan(fen)} yuan")
        if key == "quota" and text.isascii() and text.isdigit():
            return say("places", count=f"{int(text):,}")
        return Names(text, text)

    # the head

    def changed(self) -> list[Data]:
        """What was changed: policies, readings, values and lines."""
        base, change = self.data["base"], self.data["change"]
        found = []
        if change["policies"] != base["policies"]:
            found.append({"said": say("policies", policies=self.listed(change["policies"])), "written": ", ".join(change["policies"])})
        for name, option in change["readings"].items():
            if base["readings"].get(name) != option:
                found.append({"said": say("reading", name=name, value=option), "written": f"{name}={option}"})
        return found + self.changes([text for text in change["changes"] if text not in base["changes"]])

    def listed(self, policies: Sequence[str]) -> Names:
        return join("list", [self.policy(name) for name in policies])

    def rules(self, recipe: Data) -> Names:
        """What rules a side has: policies, readings, changes."""
        said = self.listed(recipe["policies"])
        if recipe["readings"]:
            readings = ", ".join(f"{name}={option}" for name, option in recipe["readings"].items())
            said = join("nothing", [said, say("with_readings", readings=readings)])
        if recipe["changes"]:
            changes = join("semicolon", [self.change(text) for text in recipe["changes"]])
            said = join("nothing", [said, say("with_changes", changes=changes)])
        return said

    def against(self) -> Names:
        base = self.data["base"]
        plain = not base["readings"] and not base["changes"]
        return say("original", policies=self.listed(base["policies"])) if plain else self.rules(base)

    def cards(self) -> list[Data]:
        """The headline figures: what it is, rounded, exactly, and in proportion."""
        firms, winners, losers = (self.data[name] for name in ("firms", "winners", "losers"))
        more = self.after - self.before
        in_part = say("more" if more > 0 else "less", amount=share(abs(more), self.before))
        of_before = say("of_before", moved=in_part) if self.before and more else None
        return [
            _card("cost_before", about(self.before), say_yuan(self.before)),
            _card("cost_after", about(self.after), say_yuan(self.after)),
            _card("cost_difference", moved(more), exact(more), of_before, tone="more" if more > 0 else "less" if more else ""),
            _card("winners", f"{winners:,}", None, say("of_firms", share=share(winners, firms)), tone="more"),
            _card(
                "losers",
                f"{losers:,}",
                None,
                join("nothing", [say("of_firms", share=share(losers, firms)), say("same_too", count=f"{firms - winners - losers:,}")]),
                tone="less",
            ),
        ]

    def interval(self) -> Data:
        """The 90% interval of the difference, what it means, and the percentiles that the draws gave."""
        spread = self.data["spread"]
        rows = []
        for name in ("before", "after", "difference"):
            fens = [fen_of(text) for text in spread[name]]
            rows.append([WORDS[name], *(exact(fen) if name == "difference" else say_yuan(fen) for fen in fens)])
        low, _, high = (fen_of(text) for text in spread["difference"])
        suffix = "_take_up" if self.data["take_up"] else ""
        return {
            "title": WORDS[f"interval{suffix}"],
            "figure": say("to", low=signed_about(low), high=signed_about(high)),
            "exact": say("to_exact", low=exact(low), high=exact(high)),
            "means": say(f"interval_means{suffix}", draws=f"{spread['draws']:,}"),
            "table": {**_table((), rows), "head": [WORDS["quantiles"], *(Names(text, text) for text in ("5%", "50%", "95%"))]},
        }

    def expected(self) -> Data | None:
        """The cost at the take-up rates, if they were given."""
        if not self.data["expected"]:
            return None
        was, would = (fen_of(text) for text in self.data["expected"])
        rates = []
        for name, rate in self.data["take_up"].items():
            all_of = "take_up_all" if len(self.data["take_up"]) == 1 else "take_up_others"
            said = WORDS[all_of] if name == "*" else self.name_of(None, name)
            rates.append(Names(f"{said.zh} {rate}", f"{said.en} {rate}"))
        return {
            "figure": Names(*(f"{about(was)[lang]} → {about(would)[lang]}" for lang in ("zh", "en"))),
            "exact": f"{say_yuan(was)} → {say_yuan(would)} ({exact(would - was)})",
            "moved": moved(would - was),
            "rates": say("take_up_is", rates=join("list", rates)),
        }

    # the sections with charts

    def sections(self) -> list[Data]:
        """The charts of the page in their order, each with its title, its note and its table."""
        found = [self.solved()] if self.data["solved"] else []
        found += [self.clauses(), self.fall(), self.lorenz(), self.bite()]
        return found + [self.groups(by) for by in ("size", "section", "town")]

    def section(self, key: str, title: Names, note: Names, table: Data | None = None, chart: Data | None = None, legend: str = "") -> Data:
        if chart is not None:
            self.charts[key] = chart
        return {"key": key, "title": title, "note": note, "table": table, "chart": chart is not None, "legend": legend}

    def solved(self) -> Data:
        solved = self.data["solved"]
        probe = Change.read(f"{solved['name']}=1")
        budget = fen_of(solved["budget"])
        what = say("solved_what", name=self.name_of(probe.policy, probe.block), key=self.key(probe))
        notes = []
        if solved["value"] is None:
            title = say(
                "solved_none",
                budget=about(budget),
                what=what,
                value=self.value(probe.key, solved["next_value"]),
                cost=about(fen_of(solved["next_cost"])),
            )
        else:
            key = "solved_found" if solved["next_value"] is not None else "solved_all"
            title = say(key, budget=about(budget), what=what, value=self.value(probe.key, solved["value"]))
            cost = fen_of(solved["cost"])
            notes.append(say("solved_cost", cost=say_yuan(cost), left=say_yuan(budget - cost)))
            if solved["next_value"] is not None:
                value = self.value(probe.key, solved["next_value"])
                notes.append(say("solved_next", value=value, cost=say_yuan(fen_of(solved["next_cost"]))))
        notes.append(WORDS["solved_whole" if solved["whole_plan"] else "solved_own"])
        points, rows = [], []
        for value, cost in solved["tried"]:
            fen, said = fen_of(cost), self.value(probe.key, value)
            own = value == solved["value"]
            points.append({"v": value.rstrip("%"), "name": _pair(said), "cost": _money(fen), "own": own})
            rows.append(
                [
                    Names(f"{said.zh}（{WORDS['chosen'].zh}）", f"{said.en} ({WORDS['chosen'].en})") if own else said,
                    say_yuan(fen),
                    exact(budget - fen),
                ]
            )
        drawn = _rising(points)
        if len(drawn) < len(points):
            notes.append(WORDS["solved_flat"])
        chart = {
            "kind": "solved",
            "points": drawn,
            "budget": {**_money(budget), "said": _pair(about(budget))},
            "axis": "percent" if probe.key == "rate" else "count" if probe.key == "quota" else "money",
            "title": _pair(self.key(probe)),
        }
        return self.section(
            "solved", title, join("space", notes), _table(("value", "cost_yuan", "left"), rows), chart if len(drawn) > 1 else None
        )

    def clauses(self) -> Data:
        shown = [row for row in self.benefits if row.before or row.after]
        if not shown:
            return self.section("clauses", WORDS["clauses_same"], WORDS["clauses_none"])
        most = max(shown, key=lambda row: abs(row.more))
        title = say("clauses_title", name=most.title, moved=moved(most.more)) if most.more else WORDS["clauses_same"]
        rows = [
            [*self.named(row), f"{row.data['firms_before']:,}", f"{row.data['firms_after']:,}", *row.exactly(), *row.gains()]
            for row in shown
        ]
        head = [*self.naming(), "firms_before", "firms_after", "money_before", "money_after", "money_difference", "gain", "lose"]
        gains = (f"{self.data['winners']:,}", f"{self.data['losers']:,}")
        money = (say_yuan(self.before), say_yuan(self.after), exact(self.after - self.before))
        foot = [WORDS["total"], *[""] * (len(self.naming()) - 1), "", "", *money, *gains]
        note = say("clauses_note", count=f"{len(self.benefits) - len(shown):,}")
        if len(shown) == len(self.benefits):
            note = WORDS["clauses_note_all"]
        chart = {"kind": "bars", "rows": [row.drawn(self.label(row)) for row in shown]}
        return self.section("clauses", title, note, _table(head, rows, foot, len(self.naming())), chart, "sides")

    def named(self, row: _Row) -> list[Any]:
        """The words of a row of benefits: its clause, its title, and its policy where there are several."""
        words: list[Any] = [row.data["clause"], row.title]
        return [*words, self.policy(row.data["policy"])] if self.several else words

    def naming(self) -> list[str]:
        return ["clause", "benefit", "policy"] if self.several else ["clause", "benefit"]

    def label(self, row: _Row) -> Names:
        return Names(*(f"{row.data['clause']} {row.title[lang]}" for lang in ("zh", "en")))

    def fall(self) -> Data:
        changed = [row for row in self.benefits if row.more]
        if not changed:
            return self.section("fall", WORDS["fall_same"], say("fall_none", total=about(self.after)))
        ends = {"before": about(self.before), "after": about(self.after), "moved": moved(self.after - self.before)}
        title = say("fall_title", count=len(changed), **ends)
        if len(changed) == 1:
            title = say("fall_title_one", name=changed[0].title, **ends)
        steps: list[Data] = [{"name": _pair(WORDS["total_before"]), "end": "before", "to": _money(self.before)}]
        rows: list[list[Any]] = [[WORDS["total_before"], "", say_yuan(self.before)]]
        running = self.before
        for row in changed:
            running += row.more
            steps.append({"name": _pair(self.label(row)), "by": _money(row.more, True), "to": _money(running)})
            rows.append([self.label(row), exact(row.more), say_yuan(running)])
        steps.append({"name": _pair(WORDS["total_after"]), "end": "after", "to": _money(self.after)})
        table = _table(("benefit", "money_difference", "running_yuan"), rows, [WORDS["total_after"], "", say_yuan(self.after)])
        ends_of = [fen_of(step["to"]["v"]) for step in steps]
        # Where the changes are small beside the totals, bars from zero would show nothing: the axis leaves out what lies below them.
        broken = (max(ends_of) - min(ends_of)) * 5 < max(ends_of)
        note = join("space", [WORDS["fall_note"], WORDS["fall_break"]]) if broken else WORDS["fall_note"]
        return self.section("fall", title, note, table, {"kind": "fall", "rows": steps, "broken": broken}, "steps")

    def lorenz(self) -> Data:
        points = [tuple(point) for point in self.data["lorenz"]]
        ends = points[-1][1:] if points else (0, 0)
        if not any(ends):
            return self.section("lorenz", WORDS["lorenz_none_title"], WORDS["lorenz_none"])
        at = {place: values for place, *values in points}
        tops, halves = [], []
        for side in (0, 1):
            # A side on which nobody is paid has a curve that stays at zero: the most get none of it.
            tops.append(decimal(ends[side] - at[900_000][side], 10**4, 1) + "%")
            halves.append(decimal(at[500_000][side], 10**4, 1) + "%")
        key = "lorenz_title_before" if not ends[1] else "lorenz_title_after" if not ends[0] else "lorenz_title"
        if all(ends) and tops[0] == tops[1]:
            key = "lorenz_title_same"
        title = say(key, before=tops[0], after=tops[1])
        table = _table(
            ("lorenz_firms", "lorenz_before", "lorenz_after"), [[_millionths(value) for value in point] for point in points], left=0
        )
        table["fine"] = {number for number, point in enumerate(points) if point[0] % 10**5}
        chart = {"kind": "lorenz", "points": points, "sides": [bool(end) for end in ends]}
        return self.section("lorenz", title, say("lorenz_note", before=halves[0], after=halves[1]), table, chart, "curves")

    def bite(self) -> Data:
        drawn = [row for row in self.data["limits"] if row["points"] and row["held"]]
        if not drawn:
            return self.section("bite", WORDS["bite_none_title"], WORDS["bite_none"])
        row = drawn[0]
        amount, name = fen_of(row["amount"]), Names(row["zh"], row["en"])
        points = [(fen_of(limit), fen_of(cost)) for limit, cost in row["points"]]
        here = next((cost for limit, cost in points if limit == amount), self.after)
        (least, cheapest), (most, dearest) = points[0], points[-1]
        title = say("bite_title", name=name, per=self.per(row["per"]), amount=about(amount), limit=about(most), moved=moved(dearest - here))
        note = join("space", [say("bite_down", limit=about(least), moved=moved(cheapest - here)), WORDS["bite_note"]])
        rows = []
        for limit, cost in points:
            said = Names(
                *(f"{say_yuan(limit)} ({WORDS['bite_here'][lang]})" if limit == amount else say_yuan(limit) for lang in ("zh", "en"))
            )
            rows.append([said, say_yuan(cost), exact(cost - here)])
        chart = {
            "kind": "bite",
            "points": [{"limit": _money(limit), "cost": _money(cost), "more": _money(cost - here, True)} for limit, cost in points],
            "here": {**_money(amount), "said": _pair(say("bite_now", limit=about(amount)))},
            "cost": _money(here),
        }
        table = _table(("bite_limit_yuan", "bite_cost_yuan", "bite_difference"), rows, left=0)
        return self.section("bite", title, note, table, chart, "")

    def per(self, name: str) -> Names:
        return WORDS.get(f"per_{name}", Names(name, name))

    def groups(self, by: str) -> Data:
        own = [_Row(row) for row in self.data["groups"] if row["by"] == by]
        key, said = f"by_{by}", WORDS[f"by_{by}"]
        if not own:
            return self.section(key, said, WORDS["group_none"])
        most = max(own, key=lambda row: abs(row.more))
        title = say("group_title", by=said, name=most.title, moved=moved(most.more)) if most.more else say("group_same", by=said)
        rows = [[row.title, f"{row.data['firms']:,}", *row.exactly(), *row.gains()] for row in own]
        note, shown = WORDS["group_note"], own
        if len(own) > _SHOWN:
            places = sorted(range(len(own)), key=lambda place: (-max(own[place].before, own[place].after), place))[:_SHOWN]
            shown = [own[place] for place in sorted(places)]
            note = join("space", [note, say("group_note_shown", count=_SHOWN)])
        chart = {"kind": "groups", "rows": [{**row.drawn(row.title), "firms": f"{row.data['firms']:,}"} for row in shown]}
        head = ("group", "firms", "money_before", "money_after", "money_difference", "gain", "lose")
        return self.section(key, title, note, _table(head, rows), chart, "groups")

    # the tables at the end

    def limits(self) -> Data | None:
        """The limits of the changed rules: how many firms each holds, and what a yuan more of it costs."""
        rows = []
        for row in self.data["limits"]:
            own = _Row({**row, "before": "0.00", "after": "0.00"})
            figures = (say_yuan(fen_of(row["amount"])), f"{row['held']:,}", say_yuan(fen_of(row["marginal"])))
            rows.append([*self.named(own), self.per(row["per"]), *figures])
        head = [*self.naming(), "limit_per", "limit_amount", "limit_held", "limit_marginal"]
        return _table(head, rows, left=len(head) - 3) if rows else None

    def shortages(self) -> Data | None:
        """Where the changed rules have fewer places or less money than is due."""
        rows = []
        for row in self.data["shortages"]:
            figures = [
                say("places", count=f"{int(row[name]):,}")
                if row["how"] in ("quota", "tie")
                else say("short_yuan", amount=say_yuan(fen_of(row[name])))
                for name in ("holds", "wanted")
            ]
            rows.append([self.name_of(row["policy"], row["name"]), WORDS[f"how_{row['how'].replace(' ', '_')}"], *figures])
        return _table(("short_name", "short_how", "short_holds", "short_wanted"), rows, left=2) if rows else None

    def about(self) -> list[Names]:
        """What the figures are, for the foot of the page."""
        rules = say("about_rules", before=self.rules(self.data["base"]), after=self.rules(self.data["change"]))
        said = [rules, WORDS["about_ceiling"], WORDS["about_city"]]
        if self.data["take_up"]:
            said.append(WORDS["about_take_up"])
        return [*said, WORDS["synthetic"]] if self.data["synthetic"] else said


class _Row:
    """A benefit or a group before and after."""

    def __init__(self, data: Data):
        self.data = data
        self.title = Names(data["zh"], data["en"])
        self.before, self.after = fen_of(data["before"]), fen_of(data["after"])

    @property
    def more(self) -> int:
        return self.after - self.before

    def exactly(self) -> list[str]:
        return [say_yuan(self.before), say_yuan(self.after), exact(self.more)]

    def gains(self) -> list[str]:
        return [f"{self.data['winners']:,}", f"{self.data['losers']:,}"]

    def drawn(self, name: Names) -> Data:
        return {
            "name": _pair(name),
            "before": _money(self.before),
            "after": _money(self.after),
            "more": _money(self.more, True),
            "winners": self.data["winners"],
            "losers": self.data["losers"],
        }


def _card(key: str, figure: Names | str, exactly: str | None, note: Names | None = None, tone: str = "") -> Data:
    return {"title": WORDS[key], "figure": figure, "exact": exactly, "note": note, "tone": tone}


def _rising(points: list[Data]) -> list[Data]:
    """The points up to where the cost stops rising: a value that can grow a thousandfold more for nothing would hide the others."""
    last = points[-1]["cost"]["v"]
    place = next(number for number, point in enumerate(points) if point["cost"]["v"] == last)
    return points[: place + 1]
