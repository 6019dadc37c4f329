"""The homes that faults are injected into, made once."""

from __future__ import annotations

import pytest

from tests.faults.cases import Cases


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """First and next load and publication of a very small organisation."""
    return Cases(tmp_path_factory.mktemp("faults"))
