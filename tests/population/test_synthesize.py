"""The invented county: what it holds, that it is the same again, and that it says where its numbers are from."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
import pytest

from chaoce import Policy, prepare, to_json
from chaoce.facts.matter import overlap
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import KINDS, FactTypes, read_types_of
from chaoce.facts.uscc import is_valid
from chaoce.marked import Names
from chaoce.population.block import BLOCK, TYPES, unified_codes
from chaoce.population.county import Parameter, Scale, read_county
from chaoce.population.synthesize import NOTICE, NOTICE_FILE, TABLES, Summary, synthesize
from core_kit import POLICIES, ROOT

HAINING = POLICIES / "haining-ai-2026"
STATS = ROOT / "src/chaoce/population/stats.csv"
TOWNS = ROOT / "src/chaoce/population/towns.csv"
FIRMS = 20_000


class County(NamedTuple):
    """An invented county and where it is."""

    folder: Path
    summary: Summary

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county in which firms have five facts each, as the benchmarks want them."""
    folder = tmp_path_factory.mktemp("busy")
    return County(folder, synthesize(folder, FIRMS, 1, facts_per_firm=Fraction(5)))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county as county.yaml has it: few firms have facts."""
    folder = tmp_path_factory.mktemp("usual")
    return County(folder, synthesize(folder, FIRMS, 2))


@pytest.fixture(scope="module")
def types() -> FactTypes:
    return read_types_of([HAINING])


def _facts(county: County) -> Iterator[tuple[str, dict]]:
    """Every fact with its type."""
    for name in TYPES:
        for row in county.table(name).to_dicts():
            yield name, row


def _matters(kind: str, row: dict) -> list[str]:
    """The matters of a fact, those that it names or the default."""
    return row["matter"] or [f"recognition:{row['title']}" if kind == "recognition" else row["id"]]


def _share_of_overlaps(county: County) -> Fraction:
    """The share of facts that share a matter with another fact of their firm, by the rule for two matters."""
    firms = defaultdict(list)
    for kind, row in _facts(county):
        firms[row["uscc"]].append(_matters(kind, row))
    shared, count = 0, 0
    for matters in firms.values():
        for place, mine in enumerate(matters):
            others = (matter for other, theirs in enumerate(matters) if other != place for matter in theirs)
            shared += any(overlap(one, matter) for matter in others for one in mine)
            count += 1
    return Fraction(shared, count)


# what it holds


def test_the_folder_holds_what_a_population_run_reads(busy: County, types: FactTypes) -> None:
    """One file for the firms, one for each fact type of the plan with all its fields, one for what was received, and a notice."""
    assert set(TYPES) == set(types.types)
    assert {path.name for path in busy.folder.iterdir()} == {*(f"{name}.parquet" for name in TABLES), NOTICE_FILE}
    assert sorted(busy.summary.files) == sorted(path.name for path in busy.folder.iterdir())
    for name, kind in types.types.items():
        table = busy.table(name)
        assert table.columns == ["uscc", "id", "date", "matter", *kind.fields]
        for field in kind.fields.values():
            wanted = {"money": pl.Decimal(18, 2), "count": pl.Int64(), "flag": pl.Boolean()}.get(field.kind, pl.String())
            assert table[field.name].dtype == wanted
            assert not table[field.name].has_nulls() or field.optional
        assert table["matter"].dtype == pl.List(pl.String) and table["date"].dtype == pl.Date
    assert busy.table("enterprises").columns == ["uscc", "name", "industry", "division", "town", "employees", "revenue"]
    assert busy.table("received").columns == ["uscc", "benefit", "matter", "date", "amount", "year", "policy"]
    assert busy.summary.counts == {name: busy.table(name).height for name in TABLES}


def test_every_file_says_that_it_is_synthetic(busy: County) -> None:
    """The notice stands in the folder and in each Parquet file, in Chinese and in English, with the seed and the number of firms."""
    text = (busy.folder / NOTICE_FILE).read_text("utf-8")
    assert NOTICE.zh in text and NOTICE.en in text and "seed: 1\n" in text and f"firms: {FIRMS}\n" in text and "generator: " in text
    for name in TABLES:
        told = pl.read_parquet_metadata(busy.folder / f"{name}.parquet")
        assert told["合成数据"] == NOTICE.zh and told["synthetic"] == NOTICE.en and told["seed"] == "1"
    assert busy.summary.notice == NOTICE and "合成" in NOTICE.zh and "synthetic" in NOTICE.en


def _as_json(row: dict, types: FactTypes, kind: str) -> dict:
    """A fact of a table as contract §1 writes it."""
    fields = types.types[kind].fields
    texts = {name: str(row[name]) if fields[name].kind == "money" else row[name] for name in fields if row[name] is not None}
    matter = {} if row["matter"] is None else {"matter": row["matter"]}
    return {"id": row["id"], "type": kind, "date": row["date"].isoformat(), **texts, **matter}


def _firms_as_json(county: County, types: FactTypes, count: int) -> list[dict]:
    firms = {}
    for row in county.table("enterprises").head(count).to_dicts():
        firms[row["uscc"]] = {"enterprise": {**row, "revenue": str(row["revenue"])}, "facts": [], "received": []}
    for kind, row in _facts(county):
        if row["uscc"] in firms:
            firms[row["uscc"]]["facts"].append(_as_json(row, types, kind))
    for row in county.table("received").to_dicts():
        if row["uscc"] in firms:
            plain = {"benefit": row["benefit"], "matter": row["matter"], "date": row["date"].isoformat(), "amount": str(row["amount"])}
            more = {key: row[key] for key in ("year", "policy") if row[key] is not None}
            firms[row["uscc"]]["received"].append({**plain, **more})
    return list(firms.values())


def test_every_firm_is_one_that_assess_reads_and_every_benefit_is_met(busy: County, types: FactTypes) -> None:
    """A firm of the county, written as one file, has no fault; and the county comes to all that the plan pays without a decision."""
    reader, policy = FirmReader(types), Policy.load("haining-ai-2026")
    session, paid = prepare([policy], 2026), set()
    for firm in _firms_as_json(busy, types, 2000):
        read = reader.read(firm)
        assert read.uscc == firm["enterprise"]["uscc"]
        paid |= {part["id"] for part in to_json(session.assess(read))["benefits"]}
    assert {benefit.id for benefit in policy.benefits} - paid <= {"ai-investment", "benchmark-scenario"}


def test_the_tables_are_in_order_and_ids_are_unique(busy: County) -> None:
    """Every file is in order of firm, then date, then id; an id stands once in a firm, over all its facts; every firm is there."""
    firms = busy.table("enterprises")["uscc"]
    assert firms.is_sorted() and firms.is_unique().all()
    ids = []
    for name in TYPES:
        table = busy.table(name)
        keys = table.select("uscc", "date", "id")
        assert keys.equals(keys.sort("uscc", "date", "id"))
        assert table["uscc"].is_in(firms.implode()).all()
        ids.append(table.select("uscc", "id"))
    assert pl.concat(ids).is_unique().all()
    received = busy.table("received").select("uscc", "date")
    assert received.equals(received.sort("uscc", "date")) and received["uscc"].is_in(firms.implode()).all()


def test_row_groups_let_a_reader_take_a_range_of_firms(tmp_path: Path) -> None:
    """A row group has 50,000 rows, so that a reader of some firms leaves the others unread."""
    synthesize(tmp_path, 60_000, 3)
    asked = "SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(?) ORDER BY 1"
    rows = duckdb.execute(asked, [str(tmp_path / "enterprises.parquet")]).fetchall()
    assert [count for _, count in rows] == [50_000, 10_000]


def test_identifiers_are_valid_and_rise_with_the_number_of_the_firm() -> None:
    """An identifier has both check characters, of GB 11714 and of GB 32100, at both ends of the range, and none comes twice."""
    codes = unified_codes(0, 400).to_list() + unified_codes(31**5 - 400, 400).to_list()
    assert all(is_valid(code) and code.startswith("91330481MA2") for code in codes)
    assert codes == sorted(set(codes)) and codes[-1].startswith("91330481MA2YYYYY")
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    for code in codes:
        total = sum(weight * int(letter, 36) for weight, letter in zip(weights, code[8:16], strict=True))
        assert code[16] == "0123456789X"[-total % 11]


# sizes, industries, take-up


def test_sizes_have_a_zipf_tail(usual: County) -> None:
    """The share of firms with at least k employees falls as k to minus the exponent of county.yaml, which is near 1."""
    exponent = read_county().number("size_exponent")
    assert Fraction(8, 10) <= exponent <= Fraction(11, 10)
    sizes = usual.table("enterprises")["employees"]
    assert sizes.min() == 1
    for least in (2, 5, 10, 20, 50, 100):
        wanted = least ** -float(exponent)
        spread = (wanted / FIRMS) ** 0.5
        assert abs((sizes >= least).mean() - wanted) < 4 * spread + 0.01 * wanted


def test_a_county_like_haining_has_its_semiconductor_firms(tmp_path: Path) -> None:
    """With as many firms as county.yaml says, about 146 semiconductor firms are above size: the figure of stats.csv."""
    county = read_county()
    synthesize(tmp_path, county.whole("county_firms"), 2026)
    codes = [code for code, row in county.industries.items() if row["group"] == "semiconductor"]
    firms = pl.read_parquet(tmp_path / "enterprises.parquet").filter(pl.col("industry").is_in(codes))
    above = (firms["revenue"] >= county.whole("size_threshold")).sum()
    wanted = int(_stat("海宁 泛半导体 规上企业", "2024/2025-05"))
    assert abs(above - wanted) < 4 * wanted**0.5


def test_industries_and_towns_come_in_their_shares(usual: County) -> None:
    """Groups of industries and towns are met as often as county.yaml says; codes are such as a firm's file may hold."""
    county, firms = read_county(), usual.table("enterprises")
    for group, share in county.share_of_groups().items():
        codes = [code for code, row in county.industries.items() if row["group"] == group]
        assert abs(firms["industry"].is_in(codes).mean() - share) < 0.015
    for town, weight in county.towns.items():
        assert abs((firms["town"] == town).mean() - weight / 100) < 0.015
    assert all(re.fullmatch("[A-T]([0-9]{2,4})?", code) for code in county.industries)
    assert set(firms["division"]) == {"330481"}


def test_few_firms_have_facts_unless_the_mean_is_told(usual: County, busy: County) -> None:
    """Left alone, the share of firms with facts is that of county.yaml; told a mean, the county has that mean."""
    county = read_county()
    users = {row["uscc"] for name, row in _facts(usual) if name != "scenario_project"}
    assert len(users) == round(county.number("take_up") * FIRMS)
    facts = sum(busy.summary.counts[name] for name in TYPES)
    assert abs(Fraction(facts, FIRMS) - 5) < Fraction(1, 10)
    counts = pl.concat([busy.table(name).select("uscc") for name in TYPES])["uscc"].value_counts()["count"]
    assert (counts >= 20).sum() > 100 and counts.max() <= county.whole("most_facts") + 1


def test_larger_firms_have_larger_amounts(busy: County) -> None:
    """What a firm pays grows with its size."""
    paid = busy.table("compute_purchase").join(busy.table("enterprises"), on="uscc")
    small, large = (paid.filter(which)["paid"].median() for which in (pl.col("employees") < 5, pl.col("employees") >= 50))
    assert large > 2 * small


def test_most_facts_are_of_the_year_and_some_are_not(tmp_path: Path) -> None:
    """About four in five facts are dated in the year that is asked for; the years before and after have some."""
    synthesize(tmp_path, 4000, 4, year=2027, facts_per_firm=Fraction(5))
    years = pl.concat([pl.read_parquet(tmp_path / f"{name}.parquet")["date"] for name in TYPES]).dt.year()
    assert 0.75 < (years == 2027).mean() < 0.85
    assert {2026, 2028} < set(years) <= {2025, 2026, 2027, 2028}


# overlaps


@pytest.mark.parametrize("told", [None, Fraction(5)])
@pytest.mark.parametrize("share", [Fraction(0), Fraction(1, 10), Fraction(1, 2)])
def test_the_share_of_overlaps_is_what_is_asked(tmp_path: Path, share: Fraction, told: Fraction | None) -> None:
    """Within one percentage point at 20,000 firms, by the rule for two matters, whether firms have few facts or many."""
    summary = synthesize(tmp_path, FIRMS, 5, overlap=share, facts_per_firm=told)
    assert abs(_share_of_overlaps(County(tmp_path, summary)) - share) < Fraction(1, 100)


def test_overlaps_are_of_the_kinds_that_happen(busy: County) -> None:
    """One invoice as two types of fact, an invoice and its line, two lines (which do not overlap), a title at two levels, two matters,
    and chains of them."""
    by_invoice = defaultdict(list)
    chained = 0
    for kind, row in _facts(busy):
        invoices = [matter for matter in row["matter"] or [] if matter.startswith("invoice:")]
        for matter in invoices:
            by_invoice[row["uscc"], matter.partition("#")[0]].append((matter.partition("#")[2], kind))
        chained += len(invoices) == 2
    seen = {tuple(sorted(line for line, _ in facts)) for facts in by_invoice.values()}
    assert {("", ""), ("1", "2")} <= seen and any(one == "" < other for one, other in (s for s in seen if len(s) == 2))
    pairs = [{kind for _, kind in facts} for facts in by_invoice.values() if len(facts) == 2]
    assert {frozenset(pair) for pair in pairs} == {
        frozenset(("compute_purchase", "ai_cooperation")),
        frozenset(("ai_cooperation", "data_ip_licence")),
        frozenset(("compute_purchase", "data_ip_licence")),
    }
    assert chained and any(len(facts) > 2 for facts in by_invoice.values())
    titles = busy.table("recognition").filter(pl.col("matter").is_null()).group_by("uscc", "title").agg("level")
    assert {tuple(sorted(levels)) for levels in titles["level"].to_list() if len(levels) > 1} == {("national", "provincial")}


def test_a_product_s_earlier_year_is_there_too(busy: County) -> None:
    """Some data products have the year before, at 3,000,000 or more in some, so that a first is not always one."""
    products = busy.table("data_product_year").with_columns(year=pl.col("date").dt.year())
    assert products.select("uscc", "product", "year").is_unique().all()
    both = products.join(products.with_columns(year=pl.col("year") + 1), on=["uscc", "product", "year"])
    assert both.height > 100 and (both["sales_right"] >= 3_000_000).any() and (both["sales_right"] < 3_000_000).any()


@pytest.mark.parametrize(("firms", "candidates", "all_projects"), [(5, 0, 0), (60, 6, 6), (FIRMS, 40, 50)])
def test_the_review_of_scenario_projects_is_one_for_the_county(tmp_path: Path, firms: int, candidates: int, all_projects: int) -> None:
    """Ranks are 1 to n over the whole county, the first ten are selected and no others, whatever the number of firms."""
    synthesize(tmp_path, firms, 6)
    projects = pl.read_parquet(tmp_path / "scenario_project.parquet")
    assert projects.height == all_projects
    assert sorted(projects["rank"].drop_nulls()) == list(range(1, candidates + 1))
    assert sorted(projects.filter("selected")["rank"]) == list(range(1, min(10, candidates) + 1))
    assert projects.filter("selected")["rank"].null_count() == 0


def test_some_was_received_under_this_plan_and_some_elsewhere(busy: County) -> None:
    """What was received is for a matter of the firm: a lower award of the plan for a national title, or support from elsewhere."""
    matters = defaultdict(set)
    for kind, row in _facts(busy):
        matters[row["uscc"]] |= set(_matters(kind, row))
    received = busy.table("received")
    assert all(matter in matters[uscc] for uscc, matter in received.select("uscc", "matter").iter_rows())
    own = received.filter(pl.col("benefit") == "provincial-application-award")
    assert own.height > 50 and own["matter"].str.starts_with("recognition:").all() and own["amount"].max() <= 200_000
    assert received.height > 5 * own.height and received["year"].has_nulls() and not received["year"].is_null().all()


# the same again


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """In another process, with another number of threads, over several blocks: the same bytes in every file. Another seed: others."""
    firms = BLOCK + 2000
    script = (
        "import sys; from pathlib import Path; from chaoce.population.synthesize import synthesize\n"
        "synthesize(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
    )
    for threads, seed in ((1, 8), (2, 8), (2, 9)):
        folder = tmp_path / f"{threads}-{seed}"
        environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
        subprocess.run([sys.executable, "-c", script, str(folder), str(firms), str(seed)], check=True, env=environment)
    digests = [_digest(tmp_path / name) for name in ("1-8", "2-8", "2-9")]
    assert digests[0] == digests[1] != digests[2]


def test_a_seed_means_the_same_firms_for_ever(tmp_path: Path) -> None:
    """Where this fails with the parameters unchanged, raise GENERATOR; where they were changed, raise `version` in county.yaml."""
    synthesize(tmp_path, 300, 42, facts_per_firm=Fraction(5))
    rows = [pl.read_parquet(tmp_path / f"{name}.parquet").rows() for name in TABLES]
    assert hashlib.sha256(repr(rows).encode()).hexdigest()[:16] == "059f6b172e43145b"
    assert "generator: chaoce population synthesize 1.1\n" in (tmp_path / NOTICE_FILE).read_text("utf-8")


def test_the_scale_is_exact() -> None:
    """A step is 2^(1/64), rounded down to a whole number, and a whole doubling is exact."""
    scale = Scale()
    values = scale.values.tolist()
    for step in (0, 1, 63, 64, 65, 640, 1701, 3200):
        assert values[step] ** 64 <= 2**step < (values[step] + 1) ** 64
    assert values[64 * 20] == 2**20 and scale.step(2**20) == 64 * 20 and scale.step(2**20 - 1) == 64 * 20 - 1


# what it is told wrong


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"firms": 0}, "firms must be from 1"),
        ({"firms": 31**5 + 1}, "firms must be from 1"),
        ({"seed": -1}, "seed must not be negative"),
        ({"year": 1999}, "year must be from 2000"),
        ({"overlap": Fraction(-1, 10)}, "overlap must be a share"),
        ({"overlap": Fraction(9, 10)}, "overlap must be a share"),
        ({"facts_per_firm": Fraction(51)}, "facts_per_firm must be"),
    ],
)
def test_a_wrong_argument_is_refused(tmp_path: Path, wrong: dict, says: str) -> None:
    """With a text that says what would be right, and nothing written."""
    with pytest.raises(ValueError, match=says):
        synthesize(tmp_path / "out", **{"firms": 10, "seed": 1, **wrong})
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """What stands in a folder is never mixed with an invented county."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for out in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ValueError, match="is not an empty folder"):
            synthesize(out, 10, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_half_done_is_left(tmp_path: Path) -> None:
    """Where it is broken off, the folder is empty."""

    def stop(done: int, firms: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path, 10, 1, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_tiny_county_and_one_without_facts_have_all_files(tmp_path: Path) -> None:
    """One firm, and no facts at all: every table is there, with its columns; progress is told to the end."""
    told = []
    for name, firms, facts in (("one", 1, None), ("bare", 5, Fraction(0))):
        summary = synthesize(tmp_path / name, firms, 1, facts_per_firm=facts, progress=lambda *done: told.append(done))
        assert summary.counts == {table: firms if table == "enterprises" else 0 for table in TABLES}
        for table in TYPES:
            assert pl.read_parquet_schema(tmp_path / name / f"{table}.parquet")["matter"] == pl.List(pl.String)
    assert told == [(1, 1), (5, 5)]


# where its numbers are from


def _stat(topic: str, period: str) -> str:
    with STATS.open(encoding="utf-8") as file:
        return next(row["value"] for row in csv.DictReader(file) if row["topic"] == topic and row["period"] == period)


def test_every_parameter_has_a_source() -> None:
    """A row of stats.csv that is there, a clause of the plan that is there, or plainly an assumption; each with its reason."""
    with STATS.open(encoding="utf-8") as file:
        topics = {row["topic"] for row in csv.DictReader(file)}
    plan = (HAINING / "policy.md").read_text("utf-8")
    for key, parameter in read_county().parameters.items():
        assert parameter.why.zh and parameter.why.en, key
        assert (parameter.source == "stats") == bool(parameter.topics) and set(parameter.topics) <= topics, key
        for quotation in re.findall("“(.*?)”", parameter.why.zh) if parameter.source == "plan" else ():
            assert quotation in plan, key


def test_the_share_of_semiconductors_is_that_of_stats_csv() -> None:
    """264 hundred million yuan over twice the half year of all industry above size."""
    share = Fraction(_stat("海宁 泛半导体 规上产值", "2024")) / (2 * Fraction("910.17"))
    assert _stat("海宁 规上工业总产值", "half year (undated; 2019 style)") == "910.17"
    assert abs(read_county().number("semiconductor_share") - share) < Fraction(1, 1000)


def test_the_towns_are_those_of_the_list() -> None:
    """The twelve streets and towns, and no others."""
    with TOWNS.open(encoding="utf-8") as file:
        assert [row["code"] for row in csv.DictReader(file)] == list(read_county().towns)
    assert sum(read_county().towns.values()) == 100


def test_the_county_knows_the_plan_s_types_titles_and_values(types: FactTypes) -> None:
    """What county.yaml names is what the plan's facts.yaml declares."""
    county = read_county()
    assert list(county.facts) == list(TYPES)
    assert set(county.titles) == set(types.types["recognition"].fields["title"].choices or {})
    for key, kind, field in (
        ("resources", "compute_purchase", "resource"),
        ("purposes", "compute_purchase", "purpose"),
        ("roles", "data_ip_licence", "role"),
    ):
        assert set(county.weights(key)) == set(types.types[kind].fields[field].choices or {})
    assert set(KINDS) and Fraction(1, 10) == county.number("overlap")


# docs/synthetic.md


def _value(value: object, zh: bool) -> str:
    if isinstance(value, str):
        return value
    assert isinstance(value, dict)
    return ("、" if zh else ", ").join(f"`{name}` {number}" for name, number in value.items())


def _source(parameter: Parameter, zh: bool) -> str:
    topics = ("、" if zh else ", ").join(f"`{topic}`" for topic in parameter.topics)
    said = {
        "stats": f"`stats.csv`（{topics}）" if zh else f"`stats.csv` ({topics})",
        "plan": "方案原文" if zh else "the plan",
        "assumption": "假设" if zh else "assumption",
    }[parameter.source]
    return f"{said}：{parameter.why.zh}" if zh else f"{said}: {parameter.why.en}"


def _say(names: Names, zh: bool) -> str:
    return names.zh if zh else names.en


def parameter_tables(zh: bool) -> list[list[str]]:
    """The rows of the page's tables of parameters, as county.yaml has them."""
    county = read_county()
    with TOWNS.open(encoding="utf-8") as file:
        towns = {row["code"]: row["name"] for row in csv.DictReader(file)}
    rows = [[f"`{key}`", _say(p.names, zh), _value(p.value, zh), _source(p, zh)] for key, p in county.parameters.items()]
    rows += [
        [f"`{code}`", row["zh" if zh else "en"], _say(county.groups[row["group"]], zh), row["weight"], f"`{row['word']}`"]
        for code, row in county.industries.items()
    ]
    rows += [[f"`{code}`", towns[code], str(weight)] for code, weight in county.towns.items()]
    rows += [[f"`{name}`", row["manufacturer"], row["other"], row.get("median", "")] for name, row in county.facts.items()]
    rows += [[f"`{name}`", *map(str, row.values())] for name, row in county.titles.items()]
    rows += [[f"`{key}`", f"`{' '.join(words)}`"] for key, words in county.words.items()]
    rows += [["`endings`", f"`{' '.join(f'{ending} {weight}' for ending, weight in county.endings.items())}`"]]
    return rows


@pytest.mark.parametrize("page", ["docs/synthetic.md", "docs/zh/synthetic.md"])
def test_the_page_shows_every_parameter_with_its_source(page: str) -> None:
    """The tables of the page are county.yaml's, row by row, and the page says that the county is synthetic."""
    text = (ROOT / page).read_text("utf-8")
    shown = [[cell.strip() for cell in line.split("|")] for line in re.findall(r"^\|(.*)\|$", text, re.M)]
    wanted = parameter_tables("/zh/" in page)
    start = shown.index(wanted[0])
    body = [row for row in shown[start:] if row[0].startswith("`")]
    assert body == wanted
    assert (NOTICE.zh if "/zh/" in page else NOTICE.en) in " ".join(text.split())
