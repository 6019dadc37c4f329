"""The whole publication as files that an outsider can audit, in a directory or as one ZIP."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard import codebook
from dashboard.assurance import typed
from dashboard.errors import MartUnavailable
from dashboard.export import as_csv, as_parquet, created, dumps
from dashboard.mart import KEY, Mart

if TYPE_CHECKING:
    from flask import Flask, Response

COLUMNS = [*KEY, "status", "as_of", "value", "base", "lower", "upper"]
"""The columns of ``cells.csv``, in their order."""
DIMENSION_COLUMNS = [
    *("dimension", "partition", "code", "parent", "level", "valid_from", "valid_to"),
    *("label_nl", "label_en", "rounding"),
]
WHOLE = "/export/publication.zip"
"""The address of everything as one file."""
README = """\
This is a whole publication of Afspiegeling: every protected figure that the dashboard shows.

datapackage.json  what the files and columns mean, the policy in force, the publication plan
cells.csv         every figure with its status (RFC 4180); cells.parquet holds the same
dimensions.csv    codes and labels: units, scale groups, categories, periods
metrics.csv       definitions
references.csv    targets and benchmarks
findings.csv      what asks for attention, with the test behind it
audit.json        outcome of the attack on this publication, where it travels along

`afspiegeling audit` repeats the attack from these figures alone.
"""


def whole_files(mart: Mart) -> dict[str, bytes]:
    """File name -> content of everything that a publication tells."""
    publication = mart.current()
    cells = publication.table("cells").select(COLUMNS).sort(KEY)
    dimensions = mart.dimensions().select(DIMENSION_COLUMNS)
    tables = {
        "cells.csv": cells,
        "dimensions.csv": dimensions,
        "metrics.csv": mart.metrics(),
        "references.csv": mart.references(),
        "findings.csv": mart.findings(),
    }
    files = {name: as_csv(frame, "rfc4180") for name, frame in tables.items()}
    files["cells.parquet"] = as_parquet(cells)
    audit = publication.audit()
    if audit is not None:
        files["audit.json"] = dumps(typed(audit))
    resources = [
        codebook.resource(name, content, tables.get(name.replace(".parquet", ".csv")))
        for name, content in files.items()
    ]
    package = codebook.whole(mart, resources, audited=audit is not None)
    files["datapackage.json"] = dumps(package)
    return files


def export_all(mart: Mart, directory: Path) -> list[Path]:
    """Write the whole publication as files.

    Returns:
        The files, in the order in which they were written.
    """
    return [_write(directory, name, content) for name, content in whole_files(mart).items()]


def _write(directory: Path, name: str, content: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(content)
    return directory / name


def as_zip(mart: Mart) -> bytes:
    """The same files as one archive, with a few lines of what they are; the same bytes each time.

    The time of its entries is that of the publication.
    """
    moment = created(mart).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"README.txt": README.encode(), **whole_files(mart)}.items():
            entry = zipfile.ZipInfo(f"afspiegeling-{mart.publication}/{name}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve ``WHOLE``; of the served publication it is made once a process."""

    @lru_cache(maxsize=1)
    def archive(_publication: str) -> bytes:
        return as_zip(mart)

    @server.get(WHOLE)
    def export_whole() -> Response:
        try:
            name = mart.publication
            content = archive(name)
            if mart.publication != name:  # another came while the files were read: all of that one
                archive.cache_clear()
                name = mart.publication
                content = archive(name)
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        response = server.response_class(content, mimetype="application/zip")
        file = f"afspiegeling-{name}.zip"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response
