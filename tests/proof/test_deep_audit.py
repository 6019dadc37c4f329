"""The deep audit at full size: the two newest periods proved, of the sample and of real rosters."""

from __future__ import annotations

import resource
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.load import load
from etl.pipeline import publish
from etl.privacy.audit import audit
from etl.privacy.audit_proof import DeepScope, Proved
from etl.publication_files import read_published
from etl.sample import write_sample
from etl.settings import Settings
from tests.proof.record import record
from tests.realdata.test_police import MAPPING

NOW = datetime(2026, 1, 15, tzinfo=UTC)
SECONDS = 1_800.0


def told(one: Proved | None) -> dict[str, object]:
    return {} if one is None else asdict(one)


def proved(settings: Settings, name: str) -> None:
    """Attack what is served, prove its two newest periods, and write down what that took."""
    published = read_published(settings.published)
    began = time.process_time(), time.monotonic()
    report = audit(published, DeepScope(seconds=SECONDS))
    assert report.deep is not None
    figures = {
        "unknowns": report.unknowns,
        "equations": report.rows,
        "hidden": report.hidden,
        "periods proved": report.deep.periods,
        "declarations free": told(report.deep.free),
        "declarations constant": told(report.deep.constant),
        "CPU seconds in all": round(time.process_time() - began[0], 1),
        "seconds in all": round(time.monotonic() - began[1], 1),
        "largest memory of the process, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        // 1024,
    }
    record(name, "make proof (tests/proof/test_deep_audit.py)", figures)
    assert report.safe
    assert report.unsafe == 0


@pytest.mark.proof
def test_every_hidden_number_of_the_newest_quarters_is_proved_safe(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", 12000, 150, 20, 1)
    settings = Settings(home=tmp_path / "home")
    load([tmp_path / "sample"], tmp_path / "sample" / "mapping.toml", settings)
    publish(settings, "the proof accepts the sample", NOW)
    proved(settings, "deep-audit")


@pytest.mark.proof
@pytest.mark.realdata
def test_every_hidden_number_of_the_newest_rosters_is_proved_safe(
    realdata: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    load([realdata / "city-police"], MAPPING, settings)
    publish(settings, "the rosters as they are", NOW)
    proved(settings, "deep-audit-city-police")
