"""The sample organisation, measured from its files: calibration, sizes, flows, determinism."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from typer import Typer
from typer.testing import CliRunner

from etl.cli_sample import register
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.sample import write_sample
from tests.etl.sample_measure import flows, people_of, ratio, share, snapshots, texts

LAST, FIRST = "2025-12-31", "2020-12-31"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("full") / "sample"
    write_sample(directory)
    return directory


@pytest.fixture(scope="module")
def taken(full: Path) -> dict[str, pl.DataFrame]:
    return snapshots(full)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("small") / "sample"
    write_sample(directory, 600, 12, 4)
    return directory


def test_shares_of_the_last_date_are_the_published_ones(taken: dict[str, pl.DataFrame]) -> None:
    assert share(taken[LAST], 1, 13) == pytest.approx(11.0, abs=0.2)
    assert share(taken[LAST], 14, 19) == pytest.approx(3.4, abs=0.2)


def test_another_seed_is_calibrated_as_well(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", seed=2)
    units = texts(tmp_path / "s" / "organisatie.csv")["code"].to_list()
    last = people_of(tmp_path / "s" / f"personeel_{LAST}.csv", units)
    assert share(last, 1, 13) == pytest.approx(11.0, abs=0.2)
    assert share(last, 14, 19) == pytest.approx(3.4, abs=0.2)


def test_shares_rise_and_the_gap_grows(taken: dict[str, pl.DataFrame]) -> None:
    low, top = [[share(taken[d], *band) for d in taken] for band in ((1, 13), (14, 19))]
    assert low[0] == pytest.approx(8.9, abs=0.2)
    assert low[-1] - top[-1] > low[0] - top[0] + 1
    assert all(after > before - 0.15 for before, after in pairwise(low))


def test_twenty_one_dates_of_twelve_thousand_people(taken: dict[str, pl.DataFrame]) -> None:
    assert (len(taken), min(taken), max(taken)) == (21, FIRST, LAST)
    assert list(taken)[:5] == [FIRST, "2021-03-31", "2021-06-30", "2021-09-30", "2021-12-31"]
    for people in taken.values():
        assert 11_700 < people.height < 12_300
        assert 1_400 < people.filter(pl.col("scale") >= 14).height < 1_600
        assert 0.895 < people["group"].is_not_null().mean() < 0.92
        assert set(people["scale"].drop_nulls().unique()) == set(range(1, 20))


def test_flows_are_unequal_as_planted(taken: dict[str, pl.DataFrame]) -> None:
    total = flows(taken)
    assert ratio(total, "crossing", "low") == pytest.approx(0.45, abs=0.05)
    assert ratio(total, "exit", "stock", "stock_to") == pytest.approx(1.3, abs=0.05)
    assert 0.7 < ratio(total, "promotion", "low") < 0.9
    assert total["crossing"][True] >= 20
    assert 450 <= sum(total["crossing"].values()) <= 550
    assert 9 < 400 * sum(total["inflow"].values()) / sum(total["stock"].values()) < 11
    known = total["inflow"][True] + total["inflow"][False]
    assert 14 < 100 * total["inflow"][True] / known < 18


@pytest.mark.parametrize(
    ("inequality", "crossing", "leaving"), [("reversed", 1.8, 0.75), ("none", 1, 1)]
)
def test_inequality_reversed_and_switched_off(
    tmp_path: Path, inequality: str, crossing: float, leaving: float
) -> None:
    write_sample(tmp_path / "s", 12_000, 60, 8, 3, inequality=inequality)
    total = flows(snapshots(tmp_path / "s"))
    assert ratio(total, "crossing", "low") == pytest.approx(crossing, rel=0.1)
    assert ratio(total, "exit", "stock", "stock_to") == pytest.approx(leaving, rel=0.05)
    if inequality == "none":
        assert ratio(total, "promotion", "low") == pytest.approx(1, abs=0.05)


def test_origin_is_declared_over_time_and_never_taken_back(full: Path) -> None:
    before, after = (texts(full / f"personeel_{d}.csv") for d in ("2024-12-31", LAST))
    known = pl.col("herkomst").is_in(["onbekend", "niet_opgegeven", "bezwaar"]).not_()
    pairs = (
        before.select("personeelsnummer", old=known)
        .unique()
        .join(after.select("personeelsnummer", new=known).unique(), on="personeelsnummer")
    )
    assert pairs.filter(~pl.col("old") & pl.col("new")).height > 50
    assert pairs.filter(pl.col("old") & ~pl.col("new")).is_empty()
    status = texts(full / f"personeel_{LAST}.csv")["herkomst_status"].drop_nulls().unique()
    assert set(status) == {"onbekend", "niet_opgegeven", "bezwaar"}


def test_second_level_units_differ_in_size_and_share(
    full: Path, taken: dict[str, pl.DataFrame]
) -> None:
    people = taken[LAST].with_columns(top=pl.col("unit").str.slice(0, 3))
    units = {name: part for (name,), part in people.group_by("top") if name != "MIN"}
    assert len([u for u in units if u != "DGX"]) == 8
    sizes = [units[u].height for u in units if u != "DGX"]
    assert 300 < min(sizes) < 500
    assert 3_000 < max(sizes) < 4_000
    shares = [share(units[u], 1, 13) for u in units if u != "DGX"]
    assert min(shares) < 9.5
    assert max(shares) > 15


def test_location_groups_gender_and_contracts_are_mixed(full: Path) -> None:
    last = texts(full / f"personeel_{LAST}.csv")
    parts = {
        value: count / last.height
        for column in ("standplaatsgroep", "geslacht", "aanstelling", "leidinggevend")
        for value, count in last[column].value_counts().iter_rows()
    }
    assert parts["uitgezonden"] == pytest.approx(0.07, abs=0.01)
    assert parts["lokaal"] == pytest.approx(0.08, abs=0.012)
    assert 0.45 < parts["V"] < 0.55
    assert 0 < parts["X"] < 0.01
    assert 0.03 < parts["tijdelijk"] < 0.2
    assert 0.04 < parts["ja"] < 0.15


def test_the_tree_has_150_units_in_four_levels_at_every_date(full: Path) -> None:
    units = texts(full / "organisatie.csv").with_columns(
        pl.col("geldig_van", "geldig_tot").str.to_date("%d-%m-%Y")
    )
    for text in snapshots(full):
        day = pl.lit(text).str.to_date()
        valid = units.filter(pl.col("geldig_van") <= day, pl.col("geldig_tot") >= day)
        assert valid.height == 150
        assert set(valid["niveau"]) == {"1", "2", "3", "4"}
        children = valid.drop_nulls("bovenliggend")
        assert children.height == 149
        assert set(children["bovenliggend"]) <= set(valid["code"])
    assert units["naam_nl"].n_unique() == units["naam_en"].n_unique() == units.height == 155
    assert units.filter(pl.col("geldig_tot").dt.year() == 9999).height == 150


def test_units_are_renamed_and_reorganised_on_one_boundary_each(full: Path) -> None:
    units = texts(full / "organisatie.csv")
    successors = units.drop_nulls("opvolger_van")
    assert successors.height == successors["opvolger_van"].n_unique() == 3
    assert successors["geldig_van"].n_unique() == 1
    closed = units.filter(pl.col("geldig_tot") != "31-12-9999")
    new = units.filter((pl.col("geldig_van") != "01-01-2015") & pl.col("opvolger_van").is_null())
    assert (closed.height, closed["geldig_tot"].n_unique()) == (5, 2)
    assert (new.height, new["geldig_van"].n_unique()) == (2, 1)


def test_movements_tell_of_every_exit_and_inflow_and_of_scale_changes(
    full: Path, taken: dict[str, pl.DataFrame]
) -> None:
    moves = texts(full / "mutaties_2025.csv").with_columns(
        pl.col("ingangsdatum").str.to_date("%d-%m-%Y")
    )
    before, after = taken["2025-09-30"], taken[LAST]
    quarter = moves.filter(
        pl.col("ingangsdatum").is_between(pl.date(2025, 10, 1), pl.date(2025, 12, 31))
    )

    def told(kind: str) -> set[str]:
        return set(quarter.filter(pl.col("soort") == kind)["personeelsnummer"])

    assert told("uitstroom") == set(before["number"]) - set(after["number"])
    assert told("instroom") == set(after["number"]) - set(before["number"])
    pairs = before.join(after, on="number", suffix="_to").drop_nulls(["scale", "scale_to"])
    risen = set(pairs.filter(pl.col("scale_to") > pl.col("scale"))["number"])
    assert risen <= told("promotie") | told("herindeling") | told("waarneming")
    assert told("promotie") & risen
    assert told("waarneming") - risen
    assert moves["soort"].n_unique() == 7
    assert moves.filter(pl.col("soort") == "uitstroom")["reden"].n_unique() >= 4
    assert moves["reden"].null_count() == 0


def test_a_few_people_have_two_employments(full: Path) -> None:
    last = texts(full / f"personeel_{LAST}.csv").drop_nulls("personeelsnummer").unique()
    double = (
        last.group_by("personeelsnummer").agg(pl.all(), rows=pl.len()).filter(pl.col("rows") > 1)
    )
    assert 15 <= double.height <= 90
    assert double["rows"].max() == 2
    assert all(set(parts) == {"0,667", "0,333"} for parts in double["deeltijdfactor"])


def test_targets_are_an_ambition_and_one_unit_target(full: Path) -> None:
    whole, unit = texts(full / "streefcijfers.csv").rows()
    assert whole == ("share", ">=14", "MIN", "5,5", "2028", "ambitie", whole[-1])
    assert whole[-1].endswith("(voorbeeld)")  # who set it is invented, and says so
    assert unit[2] in set(texts(full / "organisatie.csv").filter(pl.col("niveau") == "2")["code"])


def test_the_sample_says_everywhere_that_it_is_synthetic(small: Path) -> None:
    organisation = Reference(small).organisation
    assert organisation.synthetic is True
    assert "synthetisch" in organisation.name_nl
    assert "synthetic" in organisation.name_en
    assert "synthetic" in (small / "README.md").read_text(encoding="utf-8")
    root = texts(small / "organisatie.csv").row(0)
    assert root[:3] == ("MIN", organisation.name_nl, organisation.name_en)


def _digests(directory: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in directory.iterdir()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    small: Path, tmp_path: Path
) -> None:
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), 600, 12, 4, seed)
    assert _digests(tmp_path / "1") == _digests(small)
    other = _digests(tmp_path / "2")
    assert all(other[name] != digest for name, digest in _digests(small).items() if "pers" in name)


def test_a_small_sample_is_whole_and_roughly_calibrated(small: Path) -> None:
    taken = snapshots(small)
    assert list(taken) == ["2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30", LAST]
    assert all(570 < people.height < 630 for people in taken.values())
    assert share(taken[LAST], 1, 13) == pytest.approx(11, abs=1)
    assert share(taken[LAST], 14, 19) == pytest.approx(3.4, abs=1.5)
    units = texts(small / "organisatie.csv")
    assert units.filter(pl.col("geldig_tot") == "31-12-9999").height == 12


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((199, 8, 1), "employees"), ((600, 7, 1), "units"), ((600, 151, 1), "units"),
     ((600, 12, 0), "quarters"), ((600, 12, 81), "quarters"), ((600, 12, 1, -1), "seed")],
)  # fmt: skip
def test_sizes_that_make_no_organisation_are_refused(
    tmp_path: Path, arguments: tuple[int, ...], word: str
) -> None:
    with pytest.raises(RefusedInput, match=word):
        write_sample(tmp_path / "s", *arguments)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("arguments", [(200, 8, 1), (600, 150, 1), (600, 12, 3), (200, 8, 21)])
def test_the_smallest_sizes_work(tmp_path: Path, arguments: tuple[int, int, int]) -> None:
    write_sample(tmp_path / "s", *arguments)
    assert len(snapshots(tmp_path / "s")) == arguments[2] + 1
    units = texts(tmp_path / "s" / "organisatie.csv")
    assert units.filter(pl.col("geldig_tot") == "31-12-9999").height == arguments[1]


def test_a_directory_with_files_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(RefusedInput, match="not empty"):
        write_sample(tmp_path, 600, 12, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_writes_the_sample_and_names_the_next_step(tmp_path: Path) -> None:
    app = Typer()
    app.callback()(lambda: None)
    register(app)
    target = tmp_path / "s"
    options = ["--employees", "300", "--units", "8", "--quarters", "1", "--inequality", "none"]
    result = CliRunner().invoke(app, ["sample", str(target), *options])
    assert result.exit_code == 0, result.output
    assert "afspiegeling load" in result.output
    assert sorted(p.name for p in target.glob("*.csv")) == [
        "exit-antwoorden_2025.csv", "exit-uitnodigingen_2025.csv", "mutaties_2025.csv",
        "organisatie.csv", "personeel_2025-12-31.csv", "streefcijfers.csv",
    ]  # fmt: skip
    assert CliRunner().invoke(app, ["sample", str(target), "--inequality", "x"]).exit_code == 2
