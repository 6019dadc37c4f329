"""Pages of docs/ that are written from the declarations they describe: ``make docs``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from etl.metrics.registry import METRICS
from etl.questionnaire import THEMES
from etl.schemas import EXIT_KINDS, EXTRACTS, RULES, Column
from tests.rendered_bad_days import bad_days_page
from tests.rendered_dpia import dpia_page
from tests.rendered_growth import growth_svg
from tests.rendered_scale import scale_page, scale_plot

DOCS = Path(__file__).resolve().parent.parent / "docs"

EXTRACTS_INTRO = """# Extracts: what can be loaded

Files as HR systems deliver them: CSV (`;`, `,` or tab; UTF-8 with or without BOM, cp1252; LF, CRLF or bare CR), CSV.GZ,
XLSX (one sheet) and Parquet. A mapping file (TOML) says which column feeds which field; the headers below are those of
the shipped mapping `rijk-standaard`. `load` sorts out which file is what by the mapping's file name patterns.

Columns that are not named here are ignored and stored nowhere. A column with a direct identifier (name, BSN, e-mail,
address) refuses the whole file. Personnel numbers become keyed pseudonyms while the file is read. How large a file may be
stands in [bad-days.md](bad-days.md); the limits leave room for the whole central government in one CSV or Parquet file.
A personnel file that is larger (up to 30 million rows) is read part by part, with the same rules, where it is Parquet, or
CSV in UTF-8 without quotes.
"""

MAPPING = """## A mapping of your own

```toml
name = "my-hr-system"
extends = "rijk-standaard"                # optional: start from a shipped mapping or from another file

[reference]                               # optional: reference files beside this one, instead of the shipped ones
"attributes/origin.toml" = "origin.toml"

[personeel]
pattern = ["roster_*.csv"]                # which files are this extract
date_formats = ["%Y-%m-%d"]
[personeel.columns]
person_number = "employee_id"             # field = "header in the file"; "" says that the file has no such column
[personeel.constants]
contract = "vast"                         # the same for every row
[personeel.defaults]
unit = "ONBEKEND"                         # where the file leaves the field empty
[personeel.values.gender]
FEMALE = "V"                              # source value = code
[personeel.transforms]
unit = "integer"                          # "10.0" becomes "10"
[personeel.scale_map]
"D|1" = "7"                               # exact values first, then patterns with * and ?
"SR|*" = "15"
```

| key of an extract | says |
|---|---|
| `pattern` | globs on the file name, whatever its case; each file must fit exactly one extract |
| `delimiter`, `encoding`, `decimal` | how a CSV is written; `auto` finds delimiter and encoding by itself |
| `sheet` | which sheet of a workbook, where it has more than one with data |
| `date_formats` | formats of dates (`%d-%m-%Y`), and `excel` for day numbers; two that read one text differently are refused |
| `columns`, `constants`, `defaults` | field = header, field = value of every row, field = value where the file is empty (`{code}` is the unit's code) |
| `values`, `transforms` | source value = code; `integer`, `strip_zeros`, `upper`, `lower`, `percent`, `pad:8` |
| `from_name` | field = regular expression with one group, taken from the file name |
| `scale_map` | source scale = scale |
| `limits` | bounds of `fte` and `age` outside which a row is refused |
| `parents`, `derive_level` | units made of the distinct values of a column; levels from the tree |
| `ignore` | exit monitor only: headers of columns that are dropped as soon as the file is read |
| `questionnaire` | `exit-antwoorden` only: items, answers and reasons, as below |

## What replaces what

The same file, with the same mapping, reference files and units, is a no-op. A personnel file for a reference date that is
there already replaces that date as a whole; two for one date in one load are refused. Units are replaced code by code,
targets key by key, movements by a file of the same name that covers the same dates. A file of the exit monitor replaces the
years that it holds, each as a whole; two of one extract for one year in one load are refused. One `load` is one transaction: all
of its files or none.
"""

BAROMETER = """## The CBS Barometer

Shares per subgroup that CBS delivers, in place of what people declared. `kenmerk` is `organisatie`, `eenheid` (`subgroep` is
its code) or `schaalgroep` (`subgroep` is a band of `scales.toml`). A file is stored whatever the source of origin is; it is
shown only with `origin_source = "cbs"` in `organisation.toml`, and then nothing is counted from declared origin. Which of the
two was shown first stays: `publish` refuses the other. A corrected file replaces its reference dates; what was shown stands.

- Beside the whole either bands of scales or units are shown, whichever was shown first (bands, where both are delivered).
- What a shown subgroup leaves of the group that holds it is nobody or at least 250 people (`delivered.distance`).
- Of a later delivery something is shown only when, between the two, at least 250 people joined or left: the fewest joiners of
  any part of the one and the fewest leavers of any part of the other. Until then the earlier shares stand, with their date.
- A share is shown where its whole percent leaves as many numbers of people possible as a hidden number must (`special.width`),
  all of them, and all of the rest, at or above the threshold: never of fewer than 500 people, of 500 from 3% on.
"""

EXIT_MONITOR = """## The exit monitor

Two extracts that cannot be joined, kept in tables of their own; nothing of them is published yet.

- In `status` and in the report a year stands as its last day.
- `exit-uitnodigingen` keeps year, pseudonym, invited and answered. `forget` turns the last two into unknown: the row counts
  neither as invited nor as answered any more.
- `exit-antwoorden` keeps no date finer than the year, no unit below the second level and no single scale. The respondent is
  an id that the survey tool draws; only a mark of it is stored, hashed in a domain of its own. When it is the personnel
  number of anybody who is known to the warehouse, whichever was loaded first, the whole load is refused; so is a file with
  the column of the personnel number (as `personeel` of the same mapping names it) beside the answers. Rows are stored in
  the order of the marks, not of the file. Answers belong to nobody: `forget` cannot find them, and they stay. What remains:
  whoever may open the warehouse sees that the only leaver of a year, unit, band and origin who answered gave the only such
  answer.
- A row without a year (empty, or a word that the mapping empties, such as `Not Stated`) is refused as `date_missing`: it
  belongs to no period that could ever be shown. Of two rows of one respondent, or of one person and year, the first counts.

**Free text is refused at the door.** In both extracts every column of the file is looked at, mapped or not. Its header names
a remark (`toelichting`, `opmerking`, `comment`, `namelijk`, `vrije tekst` and the like), a cell has more than 60 characters
(of several reasons: one of them), or more than 20 different cells have three words or more and over 30 characters: then the
whole file is refused and the column named. Leave the column out of the export; where that cannot be done, list its header
under `ignore`: it is then dropped before anything looks at it. A direct identifier refuses the file even there.

```toml
[exit-antwoorden]
ignore = ["Toelichting"]
[exit-antwoorden.values.year]
"Not Stated" = ""                         # no year: refused
[exit-antwoorden.questionnaire]
separator = "|"                           # parts several reasons in one column
ticked = ["TRUE"]                         # what a column of one reason says; the shipped words are ja, yes, true, 1 and x
unticked = ["FALSE"]
[exit-antwoorden.questionnaire.items]     # item = column, theme, and whether 5 is the unfavourable end
say = { column = "My say", theme = "inclusie" }
left_out = { column = "Left out", theme = "ongewenste_omgangsvormen", reversed = true }
[exit-antwoorden.questionnaire.answers]   # source value = 1 to 5; "" is not answered
SA = "5"
M = ""
[exit-antwoorden.questionnaire.reason_columns]
workload = "Workload"                     # reason = the header of its column
[exit-antwoorden.questionnaire.reason_values]
"te druk" = "workload"                    # value in the column of several reasons = reason
```

Themes: THEMES. Every column that the questionnaire names must be in the file; a mapping that extends another one
empties the column of an item that was not asked (`column = ""`). Reversed items are stored turned round: 5 is always the
favourable end. Kinds of exit: KINDS.
""".replace("THEMES", ", ".join(f"`{theme}`" for theme in THEMES)).replace(
    "KINDS", ", ".join(f"`{kind}`" for kind in EXIT_KINDS)
)


def _note(column: Column) -> str:
    if column.required:
        return "required"
    return "" if column.stored else "checked, not stored"


def extracts_page() -> str:
    """Every extract with its fields, and every rule that a row must pass."""
    parts = [EXTRACTS_INTRO]
    for name, columns in EXTRACTS.items():
        rows = "\n".join(f"| `{c.header}` | `{c.field}` | {c.kind} | {_note(c)} |" for c in columns)
        parts.append(f"## `{name}`\n\n| header | field | kind | |\n|---|---|---|---|\n{rows}\n")
    parts += [MAPPING, BAROMETER, EXIT_MONITOR]
    rules = "\n".join(
        f"| `{key}` | {rule.label_en} | {rule.label_nl} |" for key, rule in RULES.items()
    )
    parts.append(
        "## Rules that a row must pass\n\nA row that fails is kept in quarantine with the rule, the file and the line; "
        f"`afspiegeling quarantine` lists them.\n\n| rule | meaning | betekenis |\n|---|---|---|\n{rules}\n"
    )
    return "\n".join(parts)


def metrics_page() -> str:
    """Every metric with its definition in both languages."""
    rows = "\n".join(
        f"| `{m.key}` | {m.kind} | {m.label_nl} / {m.label_en} | {m.definition_nl} | {m.definition_en} |"
        for m in METRICS.values()
    )
    return (
        "# Metrics\n\nDeclared in `etl/metrics/`; the labels and definitions travel inside every publication "
        "(`metrics.csv`).\n\n| metric | kind | label | definitie | definition |\n|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def performance_page() -> str:
    """What protection costs and what readers wait for, as it was measured last."""
    return "\n".join(["# Performance", _etl(), _protection(), _peers(), _load(), _servers()])


def _proof(name: str) -> tuple[dict[str, Any], str]:
    """The figures of a proof, and where they come from."""
    proof = json.loads((DOCS / "proof" / f"{name}.json").read_text(encoding="utf-8"))
    return proof["figures"], f"Measured at commit `{proof['commit']}` with `{proof['command']}`."


def _etl() -> str:
    figures, _ = _proof("etl")
    heads = (
        "size | rows | cells | CSV, MB | home, MB | scan, s | all quarters but the last, s | times the scan | peak, MB "
        "(before it began) | one new quarter, s | peak, MB | the same files again, s | pandas, s | times the scan | peak, MB"
    )
    rows = []
    for size, f in figures.items():
        whole, new, peer = f["all quarters but the last"], f["one new quarter"], f.get("pandas", {})
        cells = (
            *(f"{size}: {f['persons']:,} x {f['quarters']}", f"{f['rows']:,}", f"{f['cells']:,}"),
            *(f["CSV, MB"], f["home, MB"], f["typed scan by DuckDB, seconds"], whole["seconds"]),
            *(
                whole["times the scan"],
                f"{whole['peak megabytes']:,} ({whole['megabytes before']})",
            ),
            *(new["seconds"], f"{new['peak megabytes']:,}", f["the same files again"]["seconds"]),
            *(peer.get(key, "") for key in ("seconds", "times the scan", "peak megabytes")),
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    steps = [
        f"| {size} | {name} | {step['seconds']} | {step['peak megabytes']:,} |"
        for size, f in figures.items()
        for name, step in f["all quarters but the last"]["steps"].items()
    ]
    measured = "; ".join(f"{size} at `{f['commit']}`" for size, f in figures.items())
    missing = ", ".join(size for size in ("s", "m", "l") if size not in figures)
    dash = "|".join(["---"] * (heads.count("|") + 1))
    return (
        "\n## Extracts to counts\n\nFrom CSV files of invented organisations (one a quarter) to a file of all planned true "
        "counts: everything of `load`, then leaves and counting, without disclosure control. The yardstick is a typed scan of "
        "the same files by DuckDB in the same run, every value of every column read. A new quarter is loaded into a home "
        "that has all the others; what was loaded before is known by its hash and not read again. pandas does less: fewer "
        "rules, no spells, transfers, bands or record keys, no store. Python and the libraries take some 210 MB before anything "
        f"is read. Measured: {measured} with `AFSPIEGELING_ETL_SIZE=... pytest -m proof tests/benchmarks/test_etl.py`.\n\n"
        f"| {heads} |\n|{dash}|\n"
        + "\n".join(rows)
        + "\n\nThe targets: at most 6 times the scan and 300 MB at m, 500 MB "
        "at l (1,000,000 x 40), one new quarter at m within 0.5 s beside the privacy stage. Not "
        f"measured to the end: {missing or 'none'}. The work at s is not within them either. The scan of small files varies "
        "several times over on a machine that others use: seconds of one run can be compared, ratios of two runs hardly. Where it goes, of all quarters but the last:\n\n| size | until this step | seconds | peak, MB |\n"
        "|---|---|---|---|\n" + "\n".join(steps) + f"\n\n{_growth()}"
    )


def _growth() -> str:
    _, source = _proof("etl-growth")
    return (
        f"### Growth\n\n![Seconds by rows, quarters, units and cells](growth.svg)\n\n{source} Rows: 2,500 to 40,000 people, 8 "
        "quarters. Quarters: 5,000 people. Units: 20,000 people, 4 quarters. Cells: see Protection. Both axes are "
        "logarithmic.\n"
    )


def _protection() -> str:
    figures, source = _proof("protection-growth")
    rows = "\n".join(
        f"| {f['cells']:,} | {f['persons']:,} | {f['units']:,} | {f['protect']['CPU seconds']} | "
        f"{f['audit']['CPU seconds']} | {f['times the yardstick']} | {f['peak megabytes']:,} |"
        for f in figures.values()
    )
    return (
        "\n## Protection\n\nOne date of invented organisations, from planned counts to protected cells and the attack "
        "that can block them. Processor seconds of all cores together; the yardstick is a sort and a group-by of four "
        f"million numbers on the same machine. {source}\n\n"
        "| cells of a split | persons | units | protect, CPU s | audit, CPU s | both, times the yardstick | "
        f"peak memory, MB |\n|---|---|---|---|---|---|---|\n{rows}\n\n"
        "The claim: 30,000 cells within 20 s and 1,500 MB.\n"
    )


def _table(figures: dict[str, dict[str, object]], first: str) -> str:
    """Name -> figures as a table, a row a name."""
    heads = list(next(iter(figures.values())))
    rows = (
        f"| {name} | {' | '.join(str(f[head]) for head in heads)} |" for name, f in figures.items()
    )
    return f"| {first} | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}\n" + "\n".join(rows)


def _peers() -> str:
    figures, source = _proof("peers")
    return (
        "\n## First load and clicks, beside others\n\nThe page on exits (twelve figures, those in view drawn first) beside "
        "Streamlit and Vizro drawing the first six of them, by the same headless Chromium in one run, each on this "
        "computer; only the ratios travel to another machine. A view is made on the server as HTML, and what was made "
        f"before for a publication is kept. {source}\n\n{_table(figures, 'tool')}\n"
    )


def _load() -> str:
    figures, source = _proof("load")
    return (
        "\n## Many readers\n\nTwo workers; every client asks again as soon as it has its answer: pages, choices of any "
        "attribute and unit on any page. The clients run on the same two cores. Beside it a server of Dash with one "
        f"callback that does nothing, asked the same way. {source}\n\n{_table(figures, 'asked')}\n"
    )


def _servers() -> str:
    f, source = _proof("two-servers")
    return (
        "\n## Two servers, one directory\n\nTwo servers behind nginx share the directory of publications while "
        f"{f['publications']} publications are switched under {f['clients']} clients: {f['requests']:,} requests, "
        f"{f['failed']} failed; both served the new one within {f['seconds until both serve the new one, most']} s. {source}\n"
    )


PAGES = {
    "growth.svg": growth_svg,
    "bad-days.md": bad_days_page,
    "dpia.md": dpia_page,
    "extracts.md": extracts_page,
    "metrics.md": metrics_page,
    "performance.md": performance_page,
    "scale-out.md": scale_page,
    "scale-out.svg": scale_plot,
}

if __name__ == "__main__":
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")
