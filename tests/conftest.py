"""What all tests share: where the real files are, said once when they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores; threads of each would only wait
    for library in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(library, "1")

REPOSITORY = Path(__file__).resolve().parent.parent
REALDATA = Path(os.environ.get("AFSPIEGELING_REALDATA", REPOSITORY / ".." / "shared" / "realdata"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here; the closing report says so once, in one line."""
    left_out = []
    if not REALDATA.is_dir():
        left_out = [item for item in items if item.get_closest_marker("realdata")]
        config.stash[NOT_RUN] = len(left_out)
    if not config.getoption("-m"):
        for marker in ("proof", "cluster"):
            left_out += [item for item in items if item.get_closest_marker(marker)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


NOT_RUN = pytest.StashKey[int]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say once that tests on real files did not run."""
    count = config.stash.get(NOT_RUN, 0)
    if count:
        terminalreporter.write_line(
            f"{count} tests on real files did not run: no directory {REALDATA} "
            "(set AFSPIEGELING_REALDATA)"
        )


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The directory of real files."""
    return REALDATA
