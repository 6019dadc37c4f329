"""Where the dashboard finds what it serves: ``--home`` or ``AFSPIEGELING_HOME``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ASSETS = Path(__file__).resolve().parent.parent / "assets"


class Settings(BaseSettings):
    """Settings of the web process; each can be set by a variable ``AFSPIEGELING_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AFSPIEGELING_", frozen=True)

    home: Path = Field(default=Path("data"), description="Directory that holds all state.")

    @property
    def published(self) -> Path:
        """Immutable publications and the pointer to the one that is served."""
        return self.home / "published"
