"""Fuzz the readers, guided by the branches they take (atheris, where it can be installed).

Usage::

    pip install atheris    # not among our dependencies: it is not made for every Python
    python -m tests.faults.fuzz_readers -max_total_time=300

An input that is neither refused nor read stops it, and lies in ``crash-*``; keep it as a test case.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["etl.delimited", "etl.extract", "etl.workbook"]):
    import etl.extract  # noqa: F401

from tests.faults.mangled import SEEDS, outcome


def main() -> None:
    """Fuzz until the time is over, starting from a clean file of every form."""
    with TemporaryDirectory() as directory:
        corpus = Path(directory) / "corpus"
        corpus.mkdir()
        for form, content in SEEDS.items():
            (corpus / form.replace(" ", "-")).write_bytes(content())
        atheris.Setup([*sys.argv, str(corpus)], lambda content: _one(Path(directory), content))
        atheris.Fuzz()


def _one(directory: Path, content: bytes) -> None:
    outcome(directory, content)


if __name__ == "__main__":
    main()
