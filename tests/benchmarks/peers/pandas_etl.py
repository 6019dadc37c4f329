"""What `load` and the counting do, written in pandas: fewer rules and fewer tables than ours.

Usage: python pandas_etl.py DIRECTORY OUTPUT. Prints seconds and peak megabytes as JSON.
"""

import hashlib
import json
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

KEY = bytes(range(32))
BANDS = [0, 24, 34, 44, 54, 200]
ATTRIBUTES = ["herkomst", "geslacht", "leeftijd", "aanstelling", "standplaatsgroep"]


def pseudonym(number: str) -> str:
    return hashlib.blake2b(number.encode(), key=KEY, digest_size=16).hexdigest()


def snapshot(path: Path, units: set[str], known: dict[str, str]) -> pd.DataFrame:
    """Valid rows of a file, one a person; presence is `known`'s business in ours, too."""
    rows = pd.read_csv(path, sep=";", dtype=str)
    rows = rows.drop_duplicates()
    for column in ("peildatum", "geboortedatum", "datum_in_dienst"):
        rows[column] = pd.to_datetime(rows[column], format="%Y-%m-%d", errors="coerce")
    rows["fte"] = pd.to_numeric(rows.deeltijdfactor.str.replace(",", "."), errors="coerce")
    rows["schaal"] = pd.to_numeric(rows.salarisschaal, errors="coerce")
    for number in rows.personeelsnummer.dropna().unique():
        if number not in known:
            known[number] = pseudonym(number)
    rows["person"] = rows.personeelsnummer.map(known)
    age = (rows.peildatum - rows.geboortedatum).dt.days // 365.25
    rows["leeftijd"] = pd.cut(age, BANDS).astype(str)
    good = rows.person.notna() & rows.schaal.between(1, 19) & rows.organisatie_eenheid.isin(units)
    good &= (
        rows.peildatum.notna() & rows.datum_in_dienst.le(rows.peildatum) & rows.fte.between(0, 1.2)
    )
    rows = rows[good].sort_values(["fte", "schaal"], ascending=False)
    return rows.drop_duplicates("person")[
        ["person", "organisatie_eenheid", "schaal", "fte", *ATTRIBUTES]
    ]


def pairs(before: pd.DataFrame | None, after: pd.DataFrame) -> pd.DataFrame:
    if before is None:
        return after.assign(kind="first")
    both = before.merge(after, on="person", how="outer", suffixes=("_was", ""), indicator=True)
    both["kind"] = both._merge.map(
        {"left_only": "exit", "right_only": "inflow", "both": "stay"}
    ).astype(str)
    both.loc[(both.kind == "stay") & (both.schaal > both.schaal_was), "kind"] = "promotion"
    gone = both.kind == "exit"
    for column in ("organisatie_eenheid", "schaal", "fte", *ATTRIBUTES):
        both[column] = both[column].where(~gone, both[f"{column}_was"])
    return both[["person", "organisatie_eenheid", "schaal", "fte", "kind", *ATTRIBUTES]]


def counts(rows: pd.DataFrame, paths: pd.DataFrame) -> list[pd.DataFrame]:
    rows = rows.assign(band=np.where(rows.schaal <= 13, "<=13", ">=14"))
    found = []
    for split in ([], *([attribute] for attribute in ATTRIBUTES)):
        keys = ["organisatie_eenheid", "band", "kind", *split]
        small = rows.groupby(keys, observed=True).agg(
            persons=("person", "size"), fte=("fte", "sum")
        )
        small = small.reset_index().merge(paths, on="organisatie_eenheid")
        found.append(
            small.groupby(["ancestor", "band", "kind", *split])[["persons", "fte"]]
            .sum()
            .reset_index()
        )
    return found


def closure(units: pd.DataFrame) -> pd.DataFrame:
    parents = dict(zip(units.code, units.bovenliggend, strict=True))
    rows = []
    for code in parents:
        at = code
        while isinstance(at, str):
            rows.append((code, at))
            at = parents[at]
    return pd.DataFrame(rows, columns=["organisatie_eenheid", "ancestor"])


def main(directory: Path, output: Path) -> None:
    began = time.perf_counter()
    units = pd.read_csv(directory / "organisatie.csv", sep=";", dtype=str)
    paths, known, before, cells = closure(units), {}, None, []
    for path in sorted(directory.glob("personeel-*.csv")):
        after = snapshot(path, set(units.code), known)
        ref = re.findall(r"\d{4}-\d\d-\d\d", path.name)[0]
        cells += [each.assign(ref=ref) for each in counts(pairs(before, after), paths)]
        before = after
    pd.concat(cells).to_parquet(output)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": round(time.perf_counter() - began, 2), "peak megabytes": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
