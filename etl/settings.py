"""Where everything lives: one home directory, read from ``--home`` or ``AFSPIEGELING_HOME``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
SHIPPED_REFERENCE = REPOSITORY / "data" / "reference"


class Settings(BaseSettings):
    """Settings of the ETL; each can be set by an environment variable ``AFSPIEGELING_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AFSPIEGELING_", frozen=True)

    home: Path = Field(default=Path("data"), description="Directory that holds all state.")
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="What stages personnel files and computes the leaves."
    )
    spark_url: str | None = Field(
        default=None,
        description="Address of a cluster (`spark://`, `sc://`, `yarn`, `local[2]`); none: the "
        "platform's own session.",
    )
    spark_shared: Path | None = Field(
        default=None,
        description="Directory that the driver and every executor see under the same path; "
        "one a home.",
    )
    spark_keys: Path | None = Field(
        default=None,
        description="Where executors find the files `pseudonym.key` and `record.key`; none: in "
        "the key directory of the home.",
    )

    @property
    def warehouse(self) -> Path:
        """The person-level store (mode 0600); opened by the ETL only."""
        return self.home / "warehouse" / "warehouse.duckdb"

    @property
    def overlay(self) -> Path:
        """Reference files that this warehouse was loaded with, instead of the shipped ones."""
        return self.home / "warehouse" / "reference"

    @property
    def published(self) -> Path:
        """Immutable publications and the pointer to the one that is served."""
        return self.home / "published"

    @property
    def keys(self) -> Path:
        """Secret keys, one file each, mode 0600."""
        return self.home / "keys"

    @property
    def log(self) -> Path:
        """Logs without personal data, and the steward's load reports."""
        return self.home / "log"
