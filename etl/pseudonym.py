"""Keyed pseudonyms and record keys: a personnel number is hashed while staging, never stored."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import polars as pl

from etl import durable
from etl.errors import RefusedInput
from etl.settings import Settings

KEY_NAMES = ("pseudonym", "record", "rounding")
ROW_KEYS = ("pseudonym", "record")
KEY_BYTES = 32


class Keys:
    """The secret keys of one home, each 32 bytes.

    A key comes from ``AFSPIEGELING_<NAME>_KEY`` (hex) or else from ``<name>.key`` in the key
    directory (hex, mode 0600), which is made on first use.
    """

    def __init__(self, keys: dict[str, bytes], names: Sequence[str] = KEY_NAMES) -> None:
        for name in names:
            if len(keys.get(name, b"")) != KEY_BYTES:
                raise RefusedInput(
                    "A key has the wrong length",
                    where=f"key {name}",
                    expected=f"{KEY_BYTES} bytes, written as {2 * KEY_BYTES} hexadecimal digits",
                    next_step=f"correct AFSPIEGELING_{name.upper()}_KEY or the file {name}.key",
                )
        self._keys = {name: keys[name] for name in names}
        self._last: dict[str, pl.DataFrame] = {}

    @classmethod
    def of(cls, settings: Settings, *, make: bool = True) -> Self:
        """The keys of ``settings.home``.

        Args:
            settings: the home.
            make: missing key files are made; false where a warehouse was made with other ones.

        Raises:
            RefusedInput: a key is missing, malformed, or can be read by others.
        """
        return cls(
            {
                name: _environment(name) or _file(settings.keys, name, make=make)
                for name in KEY_NAMES
            }
        )

    @classmethod
    def of_rows(cls, directory: Path) -> Self:
        """The two keys that staging rows takes; the one that numbers are rounded with stays away.

        Args:
            directory: where the machine in hand has them.

        Raises:
            RefusedInput: a key is missing, malformed, or can be read by others.
        """
        return cls(
            {name: _environment(name) or _file(directory, name, make=False) for name in ROW_KEYS},
            ROW_KEYS,
        )

    def key(self, name: str) -> bytes:
        """One secret key: ``pseudonym``, ``record`` or ``rounding``."""
        return self._keys[name]

    def fingerprint(self, name: str) -> str:
        """A one-way mark of a key (16 hex digits), to notice that another key is in use."""
        return hashlib.blake2b(
            b"fingerprint", key=self._keys[name], digest_size=8, person=b"afspiegeling"
        ).hexdigest()

    def seal(self, checksum: str) -> str:
        """A keyed mark of a file's checksum (24 hex digits), that no guess can be held against."""
        return hashlib.blake2b(
            checksum.encode(), key=self._keys["record"], digest_size=12, person=b"file"
        ).hexdigest()

    def approval_seal(self, text: str) -> str:
        """A keyed mark of what an approval says (32 hex digits), to notice a change of it."""
        return hashlib.blake2b(
            text.encode(), key=self._keys["record"], digest_size=16, person=b"approval"
        ).hexdigest()

    def pseudonyms(self, numbers: pl.Series) -> pl.Series:
        """Personnel numbers -> pseudonyms (32 hex digits); null stays null.

        Surrounding blanks are no part of a number. Each distinct number is hashed once, and not
        again where the numbers before these had it: most people are in the next extract, too.
        """
        keyed = hashlib.blake2b(key=self._keys["pseudonym"], digest_size=16)
        texts = numbers.cast(pl.String).str.strip_chars()
        return self._each_once("pseudonym", texts, keyed, _as_text)["made"]

    def tombstones(self, persons: pl.Series) -> pl.Series:
        """Pseudonyms -> what takes their place when a person is forgotten (32 hex digits).

        Only who has the key and the pseudonym can make it again, so that a later load knows a
        forgotten person, and nothing that is stored leads back to the pseudonym.
        """
        keyed = hashlib.blake2b(key=self._keys["pseudonym"], digest_size=16, person=b"tombstone")
        return self._each_once("tombstone", persons.cast(pl.String), keyed, _as_text)["made"]

    def respondents(self, tombstones: pl.Series) -> pl.Series:
        """What is kept of a respondent's id (32 hex digits), made of the tombstone it would have.

        In a domain of its own: no stored pseudonym or tombstone equals it. Made this way, an id
        that is somebody's personnel number is noticed, even of somebody who was forgotten.
        """
        keyed = hashlib.blake2b(key=self._keys["pseudonym"], digest_size=16, person=b"respondent")
        return self._each_once("respondent", tombstones.cast(pl.String), keyed, _as_text)["made"]

    def row_marks(self, rows: pl.Series) -> pl.Series:
        """Whole rows as text -> marks (32 hex digits) by which equal rows are known."""
        keyed = hashlib.blake2b(key=self._keys["pseudonym"], digest_size=16, person=b"row")
        return self._each_once("row", rows, keyed, _as_text)["made"]

    def record_keys(self, persons: pl.Series) -> pl.DataFrame:
        """Pseudonyms -> record keys as two halves: Int64 ``key_hi`` and ``key_lo`` below 2^32.

        Halves, because sums of whole 64-bit keys overflow and engines disagree on what then.
        """
        keyed = hashlib.blake2b(key=self._keys["record"], digest_size=8)
        return self._each_once("record", persons.cast(pl.String), keyed, _as_halves)

    def _each_once(
        self,
        domain: str,
        values: pl.Series,
        keyed: hashlib.blake2b,
        shape: Callable[[pl.Series], pl.DataFrame],
    ) -> pl.DataFrame:
        """What each value is hashed to, a row a value; null stays null.

        Only the distinct values of the last call are kept, so that memory is one extract's.
        """
        distinct = values.drop_nulls().unique().alias("value")
        last = self._last.get(domain)
        known = None if last is None else last.join(distinct.to_frame(), on="value", how="semi")
        new = (
            distinct
            if known is None
            else distinct.filter(~distinct.is_in(known["value"].implode()))
        )
        made = pl.DataFrame({"value": new}).hstack(shape(_digests(new, keyed)))
        known = made if known is None else pl.concat([known, made])
        self._last[domain] = known
        asked = values.alias("value").to_frame()
        return asked.join(known, on="value", how="left", maintain_order="left").drop("value")


def _digests(values: pl.Series, keyed: hashlib.blake2b) -> pl.Series:
    """Hexadecimal digests by a keyed state that is copied, not made anew, for each value."""

    def digest(value: str) -> str:
        state = keyed.copy()
        state.update(value.encode())
        return state.hexdigest()

    return pl.Series([digest(value) for value in values], dtype=pl.String)


def _as_text(digests: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"made": digests})


def _as_halves(digests: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "key_hi": digests.str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64),
            "key_lo": digests.str.slice(8, 8).str.to_integer(base=16, dtype=pl.Int64),
        }
    )


def _environment(name: str) -> bytes | None:
    variable = f"AFSPIEGELING_{name.upper()}_KEY"
    text = os.environ.get(variable)
    return _from_hex(text, f"environment variable {variable}") if text else None


def _file(directory: Path, name: str, *, make: bool) -> bytes:
    path = directory / f"{name}.key"
    if path.exists():
        durable.clear(directory, f".{path.name}.*")  # a crash may have left it a second name
    else:
        if not make:
            raise _missing(name)
        _create(path)
    if path.stat().st_mode & 0o077:
        raise RefusedInput(
            "A key file can be read by others",
            where=f"{name}.key in the key directory",
            expected="mode 0600",
            got=f"mode {path.stat().st_mode & 0o777:04o}",
            next_step="find out who could read it, then chmod 600",
        )
    return _from_hex(path.read_text(encoding="ascii", errors="replace"), f"file {name}.key")


def _missing(name: str) -> RefusedInput:
    return RefusedInput(
        f"The key '{name}' is missing, and this home has data that was made with it",
        where=f"{name}.key in the key directory, or AFSPIEGELING_{name.upper()}_KEY",
        expected="the key of the first load; a new one would make every person a new one",
        next_step="restore the key from where keys are kept apart from backups (docs/runbook.md)",
    )


def _create(path: Path) -> None:
    """Make a key, whole before it has its name: rows must never outlive the key they hang on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.clear(path.parent, f".{path.name}.*")
    new = path.with_name(f".{path.name}.{os.getpid()}")
    durable.fill(new, (secrets.token_hex(KEY_BYTES) + "\n").encode("ascii"), mode=0o600)
    durable.name_once(new, path)
    durable.sync(path.parent.parent)


def _from_hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise RefusedInput(
            "A key is not written in hexadecimal digits",
            where=where,
            expected=f"{2 * KEY_BYTES} hexadecimal digits",
            next_step="restore the key from the backup; a new key makes every person a new one",
        ) from None
