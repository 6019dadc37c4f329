"""One cluster for all tests of this directory; the one that kills a worker comes last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cluster.cluster import Cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    from tests.cluster.cluster import running_cluster  # where pyspark is not, nobody asks for it

    with running_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started
