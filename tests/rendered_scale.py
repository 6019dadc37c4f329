"""``docs/scale-out.md`` and the plot in it, from the settings and the figures that were measured."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etl.settings import Settings

PROOF = Path(__file__).resolve().parent.parent / "docs" / "proof" / "scale-out.json"
SIZES = {
    "s": "s, a ministry: 10,000 people x 20 dates",
    "m": "m, all of central government: 150,000 x 40",
    "l": "l: 1,000,000 x 40",
    "pair": "one pair: 10,000,000 x 2",
}
ENGINES = {"duckdb": "DuckDB", "polars": "Polars SQL", "spark": "Spark, master + 2 workers"}
DASHES = {"duckdb": "", "polars": "2 4", "spark": "8 4"}

INTRO = """# Past one machine

**Most users do not need this page.** The engine that ships, DuckDB in the process of `publish`, makes the leaves of a ministry in
seconds on two cores and spills to disk where memory ends. On one machine Spark is not worth it: four processes have to start,
and what it reads has to be written for it first. It is for who has a platform already, wants personal data to stay there, and needs
the work to survive the loss of a machine.

What runs there, with `AFSPIEGELING_ENGINE=spark`:

| step | where | how |
|---|---|---|
| `load`, personnel files in CSV or CSV.GZ | executors | the rules of `etl/stage_people.py`, run on parts of the file: the same rows, refusals and line numbers as on one machine; a file that cannot be cut into lines (a workbook, Parquet, UTF-16, a record over more than one line) is staged on the driver |
| `load`, everything else | driver | units, movements, targets, surveys: small |
| `publish`, leaves | executors | `etl/warehouse/leaf.sql`, the text that DuckDB runs, over Parquet in the shared directory; what comes back passes the same contract |
| protection, audit, publication | driver | they read leaves only; `cells.csv` is the same, byte for byte, whichever engine made them |

The warehouse stays one file on the driver: corrections, `forget`, retention and the record of what was served work as ever. The
driver must hold the staged rows of one file, and the leaves, in memory; that, and not the cluster, bounds the size.

## How to run it

1. Java 17 or 21, and this version of Afspiegeling with its extra (`afspiegeling[spark]`, locked in `requirements-spark.lock`), in
   the Python of the driver **and** of every executor (`PYSPARK_PYTHON` names it). Pandas 3 is not supported by Spark yet.
2. A directory that the driver and all executors see under one path (a network share, a mounted volume), for this home alone;
   the executors must run as the user of the driver, since what is written there has mode 0700. Personnel files must lie on such
   a path, too. A bucket that is not mounted does not do.
3. The keys `pseudonym.key` and `record.key` where executors can read them: a mounted secret, mode 0400 or 0600.
4. In a notebook or under `spark-submit` the session of the platform is used, as it is set up there. Elsewhere:

```sh
export AFSPIEGELING_ENGINE=spark AFSPIEGELING_SPARK_URL=spark://master:7077
export AFSPIEGELING_SPARK_SHARED=/mnt/afspiegeling AFSPIEGELING_SPARK_KEYS=/mnt/secrets/afspiegeling
afspiegeling load /mnt/incoming --mapping rijk-standaard
afspiegeling publish
```

`sc://host:15002` is a Spark Connect server, `yarn` a cluster of Hadoop, `local[4]` this machine. Only `read`, `sql`, temporary views
(`snapshot`, `presence`, `movement`, `calendar`, `afspiegeling_judged`; they are dropped again), `mapInArrow` and `toArrow` are used,
which classic Spark and Connect both have. The tests run classic Spark; Spark 4.3 Connect (`local[2]`) was tried once by hand, with
the hand-made rows and a spoiled personnel file: the same leaves, the same staged rows and refusals.

"""

SECURITY = """
## Security

- **No personnel number leaves the task that reads it**: it becomes a pseudonym there, before anything is shuffled, spilled or
  returned. What a refused row held is masked as in any quarantine.
- **No key travels.** Executors read the keys themselves; what is sent to them, and so any plan, log or error, holds fingerprints
  only. The key that numbers are rounded with is not needed there. An executor with another key ends the command.
- **Errors hold no rows.** A task that fails says one word; the words of Spark itself are not passed on.
- `make test-cluster` loads and publishes an organisation with encryption and compression off, and looks for every number and every
  key in all that Spark wrote: event log, worker directories, shuffle files, the shared directory, standard output and error.
- Rows in the shared directory are pseudonymised person data: a directory of mode 0700 for one command, taken away at its end;
  what a killed command left is taken away by the next one on that machine. Encrypt the disk below it.
- A session that Afspiegeling opens asks for encrypted shuffles (`spark.io.encryption.enabled`) and no web page. Set on the cluster, in
  a `spark-defaults.conf` that others cannot read (a secret in `SPARK_*_OPTS` shows in the list of processes):

```
spark.authenticate              true
spark.authenticate.secret       (a secret of the cluster)
spark.network.crypto.enabled    true
spark.master.rest.enabled       false
spark.eventLog.enabled          true
```

  `spark.master.rest.enabled` closes a port of the master that asks nobody who they are. Let master and workers listen on an inner
  address only.
"""

BAD_DAYS = """
## Bad days

Each is one paragraph with what to do next and exit code 2; nothing is stored or published, what is served stays served. `make test`
has a test of each without Java (`tests/etl/test_engines.py`, `tests/etl/test_spread.py`).

| what | told as |
|---|---|
| the extra or Java is missing | the part that is not installed; "there is no Java 17 that works" |
| no session and no address; nobody answers there | "There is no Spark session"; "There is no Spark at this address, or it went away" |
| the shared directory is not there, or an executor does not see it | the directory, and who does not see it |
| a worker is lost | the work is done again elsewhere (proved: kill -9 of a worker with its executor in mid-job, same rows); when there is nobody left: "Workers were lost" |
| a file in the shared directory has another schema than agreed | the file, the columns, expected and got; found before Spark is asked |
| an executor has another key, none, or no Afspiegeling | which of the three |
"""


def scale_page() -> str:
    """The page, from the proof as it lies in ``docs/proof``."""
    proof = json.loads(PROOF.read_text(encoding="utf-8"))
    rows = "\n".join(_rows(proof["figures"]))
    settings = "\n".join(_settings())
    return (
        f"{INTRO}| setting | default | says |\n|---|---|---|\n{settings}\n\n## What it costs\n\n"
        "The leaf query alone, on invented rows in Parquet (`tests/cluster/invented.py`), once, on two cores that other work was "
        "using as well: an order of magnitude, no more. Rows that say so were not measured. Memory is that of all processes together, those of the cluster included. "
        f"Every engine gave the same rows. Measured at commit `{proof['commit']}` with `{proof['command']}`.\n\n"
        f"| size | engine | seconds | memory, MB | leaf rows |\n|---|---|---|---|---|\n{rows}\n\n"
        "![Seconds against person rows, per engine](scale-out.svg)\n\n"
        f"{_polars(proof['figures'])}{SECURITY}{BAD_DAYS}"
    )


def _settings() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if name == "engine" or name.startswith("spark_"):
            default = field.default if field.default is not None else ""
            yield f"| `AFSPIEGELING_{name.upper()}` | {default} | {field.description} |"


def _rows(figures: dict[str, Any]) -> Iterator[str]:
    for size, told in SIZES.items():
        for engine, name in ENGINES.items():
            found = figures.get(f"{size} {engine}")
            cells = (
                f"{found['seconds']} | {found['mb']:,} | {found['leaf_rows']:,}"
                if found
                else "not measured | | "
            )
            yield f"| {told} | {name} | {cells} |"


def _polars(figures: dict[str, Any]) -> str:
    """Why Polars' SQL, which runs the text as it is, is no third engine."""
    told = "; ".join(
        f"{size}: {figures[f'{size} polars']['seconds']} s and {figures[f'{size} polars']['mb']:,} MB against "
        f"{figures[f'{size} duckdb']['seconds']} s and {figures[f'{size} duckdb']['mb']:,} MB of DuckDB"
        for size in SIZES
        if f"{size} polars" in figures and f"{size} duckdb" in figures
    )
    return (
        "Polars' SQL runs the text too and gives the same rows, but is no engine that can be chosen: it holds everything in "
        f"memory where DuckDB spills to disk, and what it saves are seconds of a command that takes minutes to protect ({told}).\n"
    )


# --- the plot -------------------------------------------------------------------------------------

_WIDE, _HIGH, _LEFT, _BOTTOM = 640, 360, 70, 50
_X, _Y = (5, 8), (0, 3)
"""Powers of ten on the axes: person rows and seconds."""


def scale_plot() -> str:
    """Seconds against person rows on logarithmic axes, one line an engine, as SVG."""
    figures = json.loads(PROOF.read_text(encoding="utf-8"))["figures"]
    parts = [*_axes(), *(part for engine in ENGINES for part in _line(engine, figures))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        'font-family="sans-serif" font-size="12"><title>Seconds against person rows, per engine</title>\n'
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _place(rows: float, seconds: float) -> tuple[float, float]:
    x = (math.log10(rows) - _X[0]) / (_X[1] - _X[0])
    y = (math.log10(max(seconds, 1)) - _Y[0]) / (_Y[1] - _Y[0])
    return (
        round(_LEFT + x * (_WIDE - _LEFT - 190), 1),
        round(_HIGH - _BOTTOM - y * (_HIGH - _BOTTOM - 20), 1),
    )


def _axes() -> Iterator[str]:
    for power in range(_X[0], _X[1] + 1):
        x, y = _place(10**power, 1)
        yield f'<line x1="{x}" x2="{x}" y1="20" y2="{y}" stroke="lightgray"/>'
        yield f'<text x="{x}" y="{y + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(_Y[0], _Y[1] + 1):
        x, y = _place(10 ** _X[0], 10**power)
        right = _place(10 ** _X[1], 1)[0]
        yield f'<line x1="{x}" x2="{right}" y1="{y}" y2="{y}" stroke="lightgray"/>'
        yield f'<text x="{x - 8}" y="{y + 4}" text-anchor="end">{10**power:,} s</text>'
    yield f'<text x="{_LEFT}" y="{_HIGH - 10}">person rows (dates x people), both axes logarithmic</text>'


def _line(engine: str, figures: dict[str, Any]) -> Iterator[str]:
    found = [figures[f"{s} {engine}"] for s in SIZES if f"{s} {engine}" in figures]
    points = [
        _place(f["person_rows"], f["seconds"])
        for f in sorted(found, key=lambda f: int(f["person_rows"]))
    ]
    if not points:
        return
    path = " ".join(f"{x},{y}" for x, y in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="black" stroke-width="2" '
        f'stroke-dasharray="{DASHES[engine]}"/>'
    )
    yield from (f'<circle cx="{x}" cy="{y}" r="3"/>' for x, y in points)
    x, y = points[-1]
    yield f'<text x="{x + 8}" y="{y + 4}">{ENGINES[engine]}</text>'
