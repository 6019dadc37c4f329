"""The homes that faults are injected into, made once."""

from __future__ import annotations

import pytest

from tests.faults.cases import Case, make_cases


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """First and next load and publication of a very small organisation."""
    return make_cases(tmp_path_factory.mktemp("faults"))
