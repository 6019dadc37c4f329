"""Where the dashboard finds what it serves: ``--home`` or ``AFSPIEGELING_HOME``."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ASSETS = Path(__file__).resolve().parent.parent / "assets"


class Settings(BaseSettings):
    """Settings of the web process; each can be set by a variable ``AFSPIEGELING_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AFSPIEGELING_", frozen=True)

    home: Path = Field(default=Path("data"), description="Directory that holds all state.")

    base_url: str = Field(
        default="", description="Address that browsers use, such as https://dashboard.example.org."
    )
    access_log: Path | None = Field(
        default=None, description="Who logged in and took which file; default log/access.jsonl."
    )
    proxies: int = Field(
        default=0, ge=0, description="Reverse proxies in front, whose X-Forwarded-... is believed."
    )
    oidc_issuer: str = Field(default="", description="Identity provider (OpenID Connect).")
    oidc_client_id: str = Field(default="", description="Name of the dashboard there.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Its secret there.")
    oidc_scope: str = Field(default="openid profile", description="Scopes that are asked for.")
    oidc_role_claim: str = Field(default="roles", description="Claim that holds the role.")
    oidc_unit_claim: str = Field(
        default="organisatie_eenheid", description="Claim that holds the units of role hr."
    )

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        """Refuse a login that is described in part: it would be no login."""
        secret = self.oidc_client_secret.get_secret_value()
        parts = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET": secret,
            "BASE_URL": self.base_url,
        }
        absent = [f"AFSPIEGELING_{name}" for name, value in parts.items() if not value]
        if absent and (self.oidc_issuer or self.oidc_client_id or secret):
            raise ValueError(f"the login is incomplete: {', '.join(absent)} is not set")
        return self

    @property
    def access_log_file(self) -> Path:
        """Where the log of access is, the one file that the web process writes."""
        return self.access_log or self.home / "log" / "access.jsonl"

    @property
    def login(self) -> bool:
        """Whether there is an identity provider."""
        return bool(self.oidc_issuer)

    @property
    def published(self) -> Path:
        """Immutable publications and the pointer to the one that is served."""
        return self.home / "published"
