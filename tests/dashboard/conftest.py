"""One invented publication of each kind for all tests of the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.mart import Mart
from tests.factories import make_publication


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Directories ``published`` by kind of inequality."""
    root = tmp_path_factory.mktemp("marts")
    for kind in ("planted", "reversed", "none"):
        make_publication(root / kind, inequality=kind)  # type: ignore[arg-type]  # the three kinds
    return {kind: root / kind for kind in ("planted", "reversed", "none")}


@pytest.fixture(scope="session")
def marts(published: dict[str, Path]) -> dict[str, Mart]:
    """Marts by kind of inequality."""
    return {kind: Mart(directory) for kind, directory in published.items()}


@pytest.fixture(scope="session")
def mart(marts: dict[str, Mart]) -> Mart:
    """The mart with the planted inequality."""
    return marts["planted"]
