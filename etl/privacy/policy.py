"""The disclosure policy in force: ``policy.toml`` as typed numbers, each with its reason."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from etl.errors import RefusedInput

POLICY_FILE = Path(__file__).with_name("policy.toml")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Frozen):
    """A number, why it is so, which role answers for it and since when."""

    value: int = Field(gt=0)
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    date: date


class ClassRules(_Frozen):
    """The numbers of one sensitivity class."""

    threshold: Number
    minimum_base: Number
    width: Number
    distance: Number
    minimum_base_leaves: Number | None = None

    def base_for(self, partition: str) -> int:
        """The smallest public head count for which ``partition`` may be split."""
        if partition == "leaves" and self.minimum_base_leaves is not None:
            return self.minimum_base_leaves.value
        return self.minimum_base.value


class Classes(_Frozen):
    """The classes that have rules; ``public`` has none."""

    personal: ClassRules
    special: ClassRules


class Refusals(_Frozen):
    """How counts of refused rows are told."""

    threshold: Number


class AuditRules(_Frozen):
    """What the audit asks of small groups, whatever their class."""

    small_base: Number
    majority: Number


class StrataRules(_Frozen):
    """How comparisons within scale bands use what is not shown by itself."""

    smallest_count: Number


class DeliveredRules(_Frozen):
    """How shares that CBS delivers for subgroups are shown."""

    minimum_base: Number
    distance: Number


class RetentionRules(_Frozen):
    """How long what is about persons is kept."""

    person_years: Number
    copies_days: Number
    log_days: Number


class Policy(_Frozen):
    """All numbers of the disclosure control; earlier publications lack the last ones."""

    rounding_base: Number
    classes: Classes
    audit: AuditRules
    refusals: Refusals
    strata: StrataRules | None = None
    delivered: DeliveredRules | None = None
    retention: RetentionRules | None = None

    @classmethod
    def load(cls, path: Path = POLICY_FILE) -> Policy:
        """Read a policy file.

        Raises:
            RefusedInput: a number is missing, is not positive, or lacks reason, owner or date.
        """
        try:
            return _read(path.read_text(encoding="utf-8"))
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedInput(
                "The disclosure policy does not say what it must",
                where=f"{path.name}, {'.'.join(map(str, first['loc']))}",
                expected="a positive whole number with reason, owner and date",
                got=first["msg"],
                next_step="complete the policy file",
            ) from error

    @property  # not kept: a copy with other classes would keep it too
    def by_class(self) -> dict[str, ClassRules]:
        """The rules by sensitivity class."""
        return {"personal": self.classes.personal, "special": self.classes.special}

    def of(self, *sensitivities: str) -> ClassRules:
        """The rules of the strictest of some classes.

        Raises:
            RefusedInput: a class that the policy does not know.
        """
        unknown = sorted(set(sensitivities) - set(self.by_class))
        if unknown or not sensitivities:
            raise RefusedInput(
                "A dimension has no sensitivity class in the disclosure policy",
                where="policy.toml",
                expected="one of " + ", ".join(sorted(self.by_class)),
                got=", ".join(unknown) or "none",
                next_step="give the attribute a sensitivity, or the policy a class",
            )
        return self.by_class["special" if "special" in sensitivities else "personal"]

    def as_json(self) -> str:
        """The policy as it travels with a publication."""
        return self.model_dump_json(exclude_none=True)


@lru_cache
def _read(text: str) -> Policy:
    """The policy that a file says, read once however often it is asked for: it never changes."""
    return Policy.model_validate(tomllib.loads(text))


def delivered_rules(policy: Policy) -> DeliveredRules:
    """The rules of delivered shares.

    Raises:
        RefusedInput: the policy has none.
    """
    if policy.delivered is None:
        raise RefusedInput(
            "The disclosure policy says nothing of shares that CBS delivers",
            where="policy.toml, delivered",
            expected="minimum_base and distance, each with reason, owner and date",
            next_step="complete the policy file",
        )
    return policy.delivered
