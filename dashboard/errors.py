"""What can go wrong for a user of the dashboard, shown as one paragraph without a traceback."""

from __future__ import annotations


class DashboardError(Exception):
    """Wrong use or a missing publication (exit code 2).

    The paragraph answers: what, where, what was expected, what was found, what to do next.
    """

    exit_code = 2

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


class MartUnavailable(DashboardError):
    """There is no publication that can be served (yet)."""
