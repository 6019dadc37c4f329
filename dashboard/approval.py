"""Whether a publication was approved: what lies beside it, held against the file it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

REQUIRED = "required"
"""What ``mart_meta`` says of a publication that is served only once somebody approved it."""


@dataclass(frozen=True)
class Approval:
    """The role that approved, and the day; a draft that is only looked at has neither."""

    role: str = ""
    day: date | None = None
    draft: bool = False


def read_approval(published: Path, pointer: Mapping[str, object]) -> Approval:
    """The approval of the publication that a pointer names.

    Raises:
        ValueError: an approval lies there that is about another file.
    """
    path = published / f"approval-{pointer['publication']}.json"
    if not path.is_file():
        return Approval(draft=pointer.get("preview") is True)
    told = json.loads(path.read_text(encoding="utf-8"))
    if told["sha256"] != pointer["sha256"]:
        raise ValueError("the approval is about another file")
    return Approval(str(told["role"]), date.fromisoformat(str(told["approved_at"])[:10]))


def check_approval(given: Approval, *, required: bool) -> None:
    """Check that a publication may be shown.

    Raises:
        ValueError: it asks for an approval that it has not, and it is not merely looked at.
    """
    if required and not given.role and not given.draft:
        raise ValueError("the publication was not approved")
