"""What can go wrong for a user, as one small hierarchy; each carries its documented exit code."""

from __future__ import annotations

import errno
import os

_LONGEST = 2_000
"""Characters of a part of an error: a file may have a header of any length."""


class AfspiegelingError(Exception):
    """An error that is shown to the user as one paragraph, without a traceback.

    The paragraph answers five questions: what went wrong, where (file, line, column), what was
    expected, what was found, and what to do next. Never put a person's data into any of them.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what, self.where, self.expected = what, where, expected
        self.got, self.next_step = got, next_step
        super().__init__(self.paragraph())

    def paragraph(self) -> str:
        """The error as one paragraph of text."""
        parts = [_shown(self.what).rstrip(".") + "."]
        for label, text in (
            ("Where", self.where),
            ("Expected", self.expected),
            ("Got", self.got),
            ("Next", self.next_step),
        ):
            if text:
                parts.append(f"{label}: {_shown(text).rstrip('.')}.")
        return " ".join(parts)


def _shown(text: str) -> str:
    """A text as it may go to a terminal: one line, not endless, no character that steers it."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:_LONGEST])
    return plain + (" ..." if len(text) > _LONGEST else "")


class RefusedInput(AfspiegelingError):
    """The input, the configuration or the use is wrong; nothing was changed (exit code 2)."""

    exit_code = 2


class NotPublished(AfspiegelingError):
    """Unsafe cells, a gross implausibility or a failed identity: no publication (exit code 4)."""

    exit_code = 4


_OF_THE_DISK = tuple(
    os.strerror(number)
    for number in (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EIO,
    )
)
"""What the operating system says where a file cannot be written, whichever library asked it."""


def of_the_disk(error: BaseException, where: str) -> RefusedInput | None:
    """Tell an error of the disk (full, read-only, no rights) from a fault of our own.

    Args:
        error: what was raised; libraries pass the words of the operating system on, in errors of
            many kinds, some of them raised while another one was handled.
        where: the directory that holds all state.

    Returns:
        The refusal, without the words of the library: they may hold more than a path. None where
        it is something else.
    """
    link: BaseException | None = error
    while link is not None:
        says = str(link)
        for reason in _OF_THE_DISK:
            if reason in says:
                return RefusedInput(
                    "A file could not be written or read",
                    where=where,
                    got=reason,
                    next_step="make room (or give this user the right to write), then run the "
                    "command again: what was there before stands, nothing is half done",
                )
        link = link.__cause__ or link.__context__
    return None
