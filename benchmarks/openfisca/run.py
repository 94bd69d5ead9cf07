"""The OpenFisca side of the benchmark, run by its own interpreter: `run.py answers …`, `run.py measure …`, `run.py amounts …`.

It reads the same `.jsonl` as chaoce does and knows nothing of chaoce. What it prints is JSON.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy
from haining_ai import BENEFITS, CountryTaxBenefitSystem
from haining_ai.core import SimulationBuilder
from haining_ai.variables import events as e

MONEY = ("paid", "investment", "productive_investment", "sales")
_CHOICES = {
    "kind": e.Kind,
    "resource": e.Resource,
    "purpose": e.Purpose,
    "built_by": e.BuiltBy,
    "title": e.Title,
    "level": e.Level,
    "role": e.Role,
}
DEFAULTS = {"resource": "other", "purpose": "other", "built_by": "government", "title": "none", "level": "none", "role": "none"}
FLAGS = {"selected": False, "ai_field": False, "new": True, "registered": False}


def events_of(firm: dict, year: int) -> list[dict]:
    """The events of a firm: one a fact, and one a data product, whose years are periods of the same event."""
    events, products = [], {}
    for fact in firm["facts"]:
        period = fact["date"][:4]
        event = {"id": fact["id"], "kind": fact["type"], "day": fact["date"], "money": {}}
        if fact["type"] == "data_product_year":
            event = products.setdefault(fact["product"], event)
            if period == str(year):
                event["day"] = fact["date"]
        if event["id"] == fact["id"]:
            events.append(event)
        for name in MONEY:
            if name in fact:
                event["money"][name, period] = float(fact[name])
        for name in (*DEFAULTS, *FLAGS):
            # Of a product's years the one that is asked for says whether it is registered.
            if name in fact and (period == str(year) or name not in event):
                event[name] = fact[name]
    return events


def one(system: CountryTaxBenefitSystem, firm: dict, year: int):
    """A simulation of one firm, built from a situation as OpenFisca's users and its web API build it."""
    return SimulationBuilder().build_from_entities(system, situation([firm], year))


def situation(firms: list[dict], year: int) -> dict:
    """Firms with their events as the web API takes them."""
    events, groups = {}, {}
    for firm in firms:
        enterprise, members = firm["enterprise"], []
        for event in events_of(firm, year):
            entry = {"kind": {"ETERNITY": event["kind"]}, "day": {"ETERNITY": event["day"]}}
            for (name, period), amount in event["money"].items():
                entry.setdefault(name, {})[period] = amount
            for name in (*DEFAULTS, *FLAGS):
                if name in event:
                    entry[name] = {"ETERNITY": event[name]}
            own = f"{enterprise['uscc']} {event['id']}"
            events[own] = entry
            members.append(own)
        groups[enterprise["uscc"]] = {"facts": members, "manufacturer": {"ETERNITY": enterprise["industry"].startswith("C")}}
    return {"events": events, "firms": groups}


class Arrays:
    """Many firms as arrays: OpenFisca's natural road. `owners` gives each event the place of its firm; no firm is without one."""

    def __init__(self, ids: list[str], manufacturer, owners, days, choices: dict, flags: dict, money: dict):
        self.ids, self.manufacturer, self.owners, self.days = ids, manufacturer, owners, days
        self.choices, self.flags, self.money = choices, flags, money

    def simulation(self, system: CountryTaxBenefitSystem):
        builder = SimulationBuilder()
        builder.create_entities(system)
        builder.declare_person_entity("event", range(len(self.owners)))
        firms = builder.declare_entity("firm", range(len(self.ids)))
        builder.join_with_persons(firms, self.owners, numpy.full(len(self.owners), "fact"))
        simulation = builder.build(system)
        simulation.set_input("manufacturer", "ETERNITY", self.manufacturer)
        simulation.set_input("day", "ETERNITY", self.days)
        for name, values in (*self.choices.items(), *self.flags.items()):
            simulation.set_input(name, "ETERNITY", values)
        for (name, period), values in self.money.items():
            simulation.set_input(name, period, values)
        return simulation


def columns(firms: list[dict], year: int) -> Arrays:
    """The arrays of firms that were read one by one."""
    events, owners = [], []
    for place, firm in enumerate(firms):
        mine = events_of(firm, year)
        events.extend(mine)
        owners.extend([place] * len(mine))
    choices = {}
    for name, index in indices().items():
        default = DEFAULTS.get(name)
        choices[name] = numpy.array([index[event.get(name, default)] for event in events])
    money = {}
    for place, event in enumerate(events):
        for key, amount in event["money"].items():
            if key not in money:
                money[key] = numpy.zeros(len(events))
            money[key][place] = amount
    return Arrays(
        [firm["enterprise"]["uscc"] for firm in firms],
        numpy.array([firm["enterprise"]["industry"].startswith("C") for firm in firms]),
        numpy.array(owners),
        numpy.array([event["day"] for event in events], dtype="datetime64[D]"),
        choices,
        {name: numpy.array([event.get(name, default) for event in events]) for name, default in FLAGS.items()},
        money,
    )


def indices() -> dict[str, dict[str, int]]:
    """The number of each value of each choice."""
    return {name: {member.name: member.index for member in choice} for name, choice in _CHOICES.items()}


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def results(simulation, year: int) -> dict[str, list[float]]:
    """Each benefit and the total, firm by firm, as the 32-bit floats that OpenFisca gives (exact when widened to 64 bits)."""
    total = simulation.calculate("total_support", year)
    found = {own: simulation.calculate(name, year).astype(float).tolist() for name, own in BENEFITS.items()}
    return {**found, "total": total.astype(float).tolist()}


def answers(options: argparse.Namespace) -> dict:
    """From `.jsonl` to answers, once, as a whole process does it."""
    many = columns(read(options.file), options.year)
    found = results(many.simulation(CountryTaxBenefitSystem()), options.year)
    return {"firms": many.ids, "amounts": found}


def measure(options: argparse.Namespace) -> dict:
    """Medians in process, after loading."""
    start = time.perf_counter()
    system = CountryTaxBenefitSystem()
    loading = time.perf_counter() - start
    firm = json.loads(options.one.read_text(encoding="utf-8"))
    simulations = iter([one(system, firm, options.year) for _ in range(options.repeats)])
    built = median(options.repeats, lambda: one(system, firm, options.year).calculate("total_support", options.year))
    calculated = median(options.repeats, lambda: next(simulations).calculate("total_support", options.year))
    few = 3 if options.repeats < 50 else 7
    firms = read(options.file)
    many = columns(firms, options.year)
    return {
        "versions": {name: version(name) for name in ("openfisca-core", "numpy")} | {"python": platform.python_version()},
        "load": loading,
        "one": built,
        "one_calculate": calculated,
        "many_read": median(few, lambda: columns(read(options.file), options.year)),
        "many_calculate": median(few, lambda: results(many.simulation(system), options.year)),
        "one_amounts": {name: values[0] for name, values in results(one(system, firm, options.year), options.year).items()},
    }


def median(repeats: int, run) -> float:
    run_times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        run_times.append(time.perf_counter() - start)
    return statistics.median(run_times)


def amounts(options: argparse.Namespace) -> list[dict]:
    """For firms with one money fact each: what is stored of the amount, and what is paid on it."""
    system = CountryTaxBenefitSystem()
    rows = []
    for firm in read(options.file):
        simulation = one(system, firm, options.year)
        name = next(name for name in MONEY if name in firm["facts"][0])
        stored = simulation.calculate(name, options.year)[0]
        rows.append({"stored": float(stored), "paid": float(simulation.calculate("total_support", options.year)[0])})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("answers", "measure", "amounts"))
    parser.add_argument("file", type=Path, help="firms, one a line")
    parser.add_argument("--one", type=Path, help="the firm that is timed by itself")
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args()
    json.dump({"answers": answers, "measure": measure, "amounts": amounts}[options.task](options), sys.stdout)


if __name__ == "__main__":
    main()
