"""Pages of docs/ that are written from the declarations they describe: ``make docs``."""

from __future__ import annotations

import json
from pathlib import Path

from etl.metrics.registry import METRICS
from etl.schemas import EXTRACTS, RULES, Column

DOCS = Path(__file__).resolve().parent.parent / "docs"

EXTRACTS_INTRO = """# Extracts: what can be loaded

Files as HR systems deliver them: CSV (`;`, `,` or tab; UTF-8 with or without BOM, cp1252; LF, CRLF or bare CR), CSV.GZ,
XLSX (one sheet) and Parquet. A mapping file (TOML) says which column feeds which field; the headers below are those of
the shipped mapping `rijk-standaard`. `load` sorts out which file is what by the mapping's file name patterns.

Columns that are not named here are ignored and stored nowhere. A column with a direct identifier (name, BSN, e-mail,
address) refuses the whole file. Personnel numbers become keyed pseudonyms while the file is read.
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

## What replaces what

The same file, with the same mapping, reference files and units, is a no-op. A personnel file for a reference date that is
there already replaces that date as a whole; two for one date in one load are refused. Units are replaced code by code,
targets key by key, movements by a file of the same name that covers the same dates. One `load` is one transaction: all
of its files or none.
"""


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
    parts.append(MAPPING)
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
    """What protection costs, as it was measured last."""
    proof = json.loads((DOCS / "proof" / "protection-growth.json").read_text(encoding="utf-8"))
    rows = "\n".join(
        f"| {f['cells']:,} | {f['persons']:,} | {f['units']:,} | {f['protect']['CPU seconds']} | "
        f"{f['audit']['CPU seconds']} | {f['times the yardstick']} | {f['peak megabytes']:,} |"
        for f in proof["figures"].values()
    )
    return (
        "# Performance\n\nOne date of invented organisations, from planned counts to protected cells and the attack "
        "that can block them. Processor seconds of all cores together; the yardstick is a sort and a group-by of four "
        f"million numbers on the same machine. Measured at commit `{proof['commit']}` with `{proof['command']}`.\n\n"
        "| cells of a split | persons | units | protect, CPU s | audit, CPU s | both, times the yardstick | "
        f"peak memory, MB |\n|---|---|---|---|---|---|---|\n{rows}\n\n"
        "The claim: 30,000 cells within 20 s and 1,500 MB.\n"
    )


PAGES = {
    "extracts.md": extracts_page,
    "metrics.md": metrics_page,
    "performance.md": performance_page,
}

if __name__ == "__main__":
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")
