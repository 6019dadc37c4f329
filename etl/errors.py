"""What can go wrong for a user, as one small hierarchy; each carries its documented exit code."""

from __future__ import annotations


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
        parts = [self.what.rstrip(".") + "."]
        for label, text in (
            ("Where", self.where),
            ("Expected", self.expected),
            ("Got", self.got),
            ("Next", self.next_step),
        ):
            if text:
                parts.append(f"{label}: {text.rstrip('.')}.")
        return " ".join(parts)


class RefusedInput(AfspiegelingError):
    """The input, the configuration or the use is wrong; nothing was changed (exit code 2)."""

    exit_code = 2


class NotPublished(AfspiegelingError):
    """Unsafe cells, a gross implausibility or a failed identity: no publication (exit code 4)."""

    exit_code = 4
