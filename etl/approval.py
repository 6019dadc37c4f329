"""Four eyes: who made a publication, and that somebody else approved it before it is served.

The warehouse keeps both accounts, append-only. Beside the publication lies what readers may know:
the role of who approved, the moment, and the checksum of the very file; a keyed seal tells when
any of it was changed afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from etl import durable
from etl.domain import Organisation, Reference
from etl.errors import RefusedInput
from etl.pseudonym import Keys
from etl.publish import checksum, file_of, names, point_to
from etl.settings import Settings
from etl.warehouse.ledger import bound_keys
from etl.warehouse.store import Warehouse


@dataclass(frozen=True)
class Approval:
    """What is told of an approval."""

    publication: str
    sha256: str
    role: str
    approved_at: str

    def text(self) -> str:
        """What the seal is made of."""
        return json.dumps(asdict(self), sort_keys=True)


def remember_maker(warehouse: Warehouse, name: str, sha256: str, who: str, now: datetime) -> None:
    """Keep the account that made a publication."""
    warehouse.connection.execute("INSERT INTO made VALUES (?, ?, ?, ?)", [name, sha256, who, now])


def approve(settings: Settings, name: str, who: str, now: datetime) -> Approval:
    """Approve a publication and serve it; of one that was approved before, serve it again.

    Args:
        settings: the home.
        name: the publication.
        who: the account that approves.
        now: the moment, kept with the approval.

    Raises:
        RefusedInput: there is no such publication, it is not the file that was made, the account
            may not approve, or it is the one that made it; nothing was changed.
    """
    organisation = Reference.of(settings).organisation
    path = file_of(settings.published, name)
    with Warehouse.open(settings, "change") as warehouse, warehouse.transaction():
        keys = bound_keys(warehouse, settings)
        digest = checksum(path)
        _check_maker(warehouse, name, digest, who)
        role = _role(organisation, who)
        known = read_approval(settings.published, name, keys)
        given = known or Approval(name, digest, role, now.isoformat(timespec="seconds"))
        if known is None:
            warehouse.connection.execute(
                "INSERT INTO approval VALUES (?, ?, ?, ?, ?)", [name, digest, who, role, now]
            )
    sealed = asdict(given) | {"seal": keys.approval_seal(given.text())}
    beside = settings.published / f"approval-{name}.json"
    durable.write(beside, (json.dumps(sealed) + "\n").encode(), mode=0o644)
    point_to(settings.published, name)
    return given


def _check_maker(warehouse: Warehouse, name: str, digest: str, who: str) -> None:
    made = warehouse.frame(
        "SELECT sha256, account FROM made WHERE publication = ? ORDER BY made_at", [name]
    )
    if made.is_empty():
        raise RefusedInput(
            "It is not known who made this publication, so nobody else can be told to approve it",
            where=name,
            expected="a publication made by this version",
            next_step="publish again: afspiegeling publish --draft",
        )
    sha256, maker = made.row(-1)
    if sha256 != digest:
        raise RefusedInput(
            "The publication is not the file that was made",
            where=name,
            expected="the checksum that was kept when it was made",
            next_step="find out who changed it; publish again: afspiegeling publish --draft",
        )
    if maker == who:
        raise RefusedInput(
            "Who made a publication cannot approve it",
            where=name,
            expected="another account than the one that published",
            next_step="ask one of the accounts under [approvers] in organisation.toml",
        )


def _role(organisation: Organisation, who: str) -> str:
    if who not in organisation.approvers:
        raise RefusedInput(
            "This account may not approve",
            where="organisation.toml, [approvers]",
            expected="one of the accounts that stand there"
            if organisation.approvers
            else "at least one account with its role; none stands there",
            next_step="ask one of them, or have the organisation add the account and its role",
        )
    return organisation.approvers[who]


def read_approval(published: Path, name: str, keys: Keys) -> Approval | None:
    """The approval of a publication as it lies beside it; None where there is none.

    Raises:
        RefusedInput: the approval, or the publication that it is about, was changed since.
    """
    path = published / f"approval-{name}.json"
    if not path.is_file():
        return None
    found = _parsed(path)
    given = Approval(**{key: str(found.get(key, "")) for key in Approval.__dataclass_fields__})
    fits = given.publication == name and given.sha256 == checksum(file_of(published, name))
    if not fits or found.get("seal") != keys.approval_seal(given.text()):
        raise RefusedInput(
            "An approval does not fit its publication: one of the two was changed",
            where=path.name,
            expected="the file as `approve` wrote it",
            next_step="find out who changed it; restore both from a backup, or publish again",
        )
    return given


def _parsed(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def may_be_served(settings: Settings) -> list[str]:
    """The publications that may be served, oldest first: all, or those that were approved.

    Raises:
        RefusedInput: an approval was changed since.
    """
    known = names(settings.published)
    if not Reference.of(settings).organisation.approval or not known:
        return known
    keys = Keys.of(settings, make=False)
    return [name for name in known if read_approval(settings.published, name, keys)]
