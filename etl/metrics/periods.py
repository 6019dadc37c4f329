"""Reference dates as periods: quarters, years and fixed blocks of years."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from etl.domain import Organisation
from etl.errors import RefusedInput

QUARTER_ENDS = (3, 6, 9, 12)


@dataclass(frozen=True)
class Period:
    """A published period: the days (begin, end) and the reference dates that end its steps."""

    code: str
    kind: str
    begin: date
    end: date
    refs: tuple[date, ...]


class Calendar:
    """The periods of an organisation with extracts at ``dates``.

    Raises:
        RefusedInput: a date does not end a quarter (or the organisation's year), or two adjacent
            dates are not one quarter (or one year) apart.
    """

    def __init__(self, dates: Sequence[date], organisation: Organisation) -> None:
        self.organisation = organisation
        self.dates = tuple(sorted(set(dates)))
        self.kind: Literal["quarter", "year"] = organisation.calendar
        self.year_end_month = organisation.year_end_month
        self._check()

    def until(self, end: date) -> Calendar:
        """The calendar as it was at the reference date ``end``."""
        return Calendar([ref for ref in self.dates if ref <= end], self.organisation)

    def stocks(self) -> tuple[Period, ...]:
        """Every reference date as a period of the organisation's own length."""
        return tuple(self._step(ref) for ref in self.dates)

    def flows(self, kind: str, length: int = 0, first_year: int | None = None) -> list[Period]:
        """Periods of flows of one kind; only complete ones, and none that ends at the first date.

        Args:
            kind: ``quarter``, ``year`` or ``block``.
            length: years in a block.
            first_year: where blocks start; None: the first complete year.
        """
        if kind == self.kind:
            return [self._step(ref) for ref in self.dates[1:]]
        if kind == "year":
            return list(self._years().values())
        if kind == "block":
            return self._blocks(length, first_year)
        return []

    def end_of(self, code: str) -> date:
        """The reference date of a period of the organisation's own length, such as ``2025Q4``."""
        if self.kind == "quarter":
            year, quarter = code.split("Q")
            return month_end(int(year) * 12 + 3 * int(quarter) - 1)
        return month_end(int(code) * 12 + self.year_end_month - 1)

    def code_of(self, ref: date) -> str:
        """The code of the period that ends at a date, also where its extract is gone."""
        return self._step(ref).code

    def before(self, ref: date) -> date:
        """The reference date one step before (as if there were an extract)."""
        months = 3 if self.kind == "quarter" else 12
        return month_end(ref.year * 12 + ref.month - 1 - months)

    def _step(self, ref: date) -> Period:
        code = str(self._year(ref))
        if self.kind == "quarter":
            code = f"{ref.year}Q{ref.month // 3}"
        begin = self.before(ref) + timedelta(days=1)
        return Period(code, self.kind, begin, ref, (ref,))

    def _year(self, ref: date) -> int:
        return ref.year + (ref.month > self.year_end_month)

    def _years(self) -> dict[int, Period]:
        needed = 4 if self.kind == "quarter" else 1
        refs: dict[int, list[date]] = {}
        for ref in self.dates[1:]:
            refs.setdefault(self._year(ref), []).append(ref)
        return {
            year: _joined(str(year), "year", [self._step(ref) for ref in found])
            for year, found in refs.items()
            if len(found) == needed
        }

    def _blocks(self, length: int, first_year: int | None) -> list[Period]:
        years = self._years()
        if not years:
            return []
        first = min(years) if first_year is None else first_year
        runs = [range(start, start + length) for start in range(first, max(years) + 1, length)]
        return [
            _joined(f"{run[0]}-{run[-1]}", "block", [years[year] for year in run])
            for run in runs
            if all(year in years for year in run)
        ]

    def _check(self) -> None:
        ends = QUARTER_ENDS if self.kind == "quarter" else (self.year_end_month,)
        for ref in self.dates:
            if ref.month not in ends or ref.day != monthrange(ref.year, ref.month)[1]:
                raise RefusedInput(
                    "A reference date does not end a period of this organisation",
                    where=f"reference date {ref.isoformat()}",
                    expected=f"the last day of month {', '.join(map(str, ends))}",
                    next_step="correct the extract, or `calendar` and `year_end_month` in "
                    "organisation.toml",
                )
        for earlier, later in zip(self.dates, self.dates[1:], strict=False):
            if self.before(later) != earlier:
                raise RefusedInput(
                    "The extracts leave a gap, or lie too close together",
                    where=f"reference dates {earlier.isoformat()} and {later.isoformat()}",
                    expected=f"adjacent reference dates exactly one {self.kind} apart",
                    next_step="load the missing extracts, or correct `calendar` in "
                    "organisation.toml",
                )


def _joined(code: str, kind: str, parts: list[Period]) -> Period:
    refs = tuple(ref for part in parts for ref in part.refs)
    return Period(code, kind, parts[0].begin, parts[-1].end, refs)


def month_end(months: int) -> date:
    """The last day of a month, counted from the beginning of year 0."""
    year, month = divmod(months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])
