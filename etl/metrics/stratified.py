"""Two groups compared within strata: odds ratios, tests and standardised rates of protected counts.

statsmodels and scipy do the textbook part; own is what rounding adds. Every statistic is a smooth
function of the published counts, so its rounding variance is the sum over these counts of the
squared derivative times the count's rounding variance (the delta method). The count of the others,
a remainder, holds the group's rounding in full, with the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import fisher_exact, norm

from etl.metrics.statistics import LEVEL, Floats

if TYPE_CHECKING:
    from statsmodels.stats.contingency_tables import StratifiedTable

Interval = tuple[float, float, float]
"""A value with its 95% bounds."""


@dataclass(frozen=True)
class Strata:
    """Published counts of two groups, and the strata that are made of them.

    Attributes:
        counts: (P, 4): events and people of the group, events and people of the others.
        variance: (P, 4): rounding variance of each count; 0 is exact.
        mix: (S, P): ``mix @ counts`` is one row a stratum. A published row is its own stratum; the
            stratum of all that is not shown is the whole minus the rows that are.
    """

    counts: Floats
    variance: Floats
    mix: Floats

    @property
    def made(self) -> Floats:
        """(S, 4): the same four counts of each stratum."""
        return self.mix @ self.counts

    @property
    def pooled(self) -> Strata:
        """All strata as one: the comparison without correction."""
        return Strata(self.counts, self.variance, self.mix.sum(axis=0, keepdims=True))

    def rounding_variance(self, slopes: Floats) -> float:
        """What rounding adds to the variance of a statistic.

        Args:
            slopes: (S, 4): its derivatives by the four counts of each stratum.
        """
        by_count = self.mix.T @ slopes
        group, others = by_count[:, :2], by_count[:, 2:]
        own, rest = self.variance[:, :2], self.variance[:, 2:]
        return float((group**2 * own + others**2 * rest - 2 * group * others * own).sum())


def fourfold(made: Floats) -> Floats:
    """(S, 4): events and people without one of the group, the same of the others (a, b, c, d)."""
    a, n1, c, n0 = made.T
    return np.column_stack([a, n1 - a, c, n0 - c])


def _table(strata: Strata) -> StratifiedTable:
    # Loaded here: with what it brings along, every command would take twice as long to start.
    from statsmodels.stats.contingency_tables import StratifiedTable  # noqa: PLC0415

    return StratifiedTable([row.reshape(2, 2) for row in fourfold(strata.made)])


def mantel_haenszel(strata: Strata) -> Interval:
    """The Mantel-Haenszel odds ratio with 95% bounds, widened by the rounding variance.

    Every a, b, c and d must be above 0. Source: Robins, Breslow and Greenland (1986) as in
    ``statsmodels.stats.contingency_tables.StratifiedTable``; of one stratum it is Woolf's.
    """
    table = _table(strata)
    variance = table.logodds_pooled_se**2 + strata.rounding_variance(_odds_slopes(strata.made))
    return _on_log_scale(float(table.oddsratio_pooled), variance)


def _odds_slopes(made: Floats) -> Floats:
    """(S, 4): derivatives of the log odds ratio ln(sum ad/T) - ln(sum bc/T) by the counts."""
    _a, n1, _c, n0 = made.T
    a, b, c, d = fourfold(made).T
    total = n1 + n0
    upper, lower = (a * d / total).sum(), (b * c / total).sum()
    of_upper = [d / total, -a * d / total**2, -a / total, a / total - a * d / total**2]
    of_lower = [-c / total, c / total - b * c / total**2, b / total, -b * c / total**2]
    slopes: Floats = np.column_stack(of_upper) / upper - np.column_stack(of_lower) / lower
    return slopes


def cochran_mantel_haenszel(strata: Strata) -> tuple[float, float]:
    """The chi-square of "no difference in any stratum", uncorrected, and its p-value.

    The counts are taken as they are published: unlike the interval it knows of no rounding.
    """
    test = _table(strata).test_null_odds(correction=False)
    return float(test.statistic), float(test.pvalue)


def standardised_rates(made: Floats) -> tuple[float, float]:
    """Rates of the group and of the others if both lay over the strata as everybody does.

    Direct standardisation: sum(w_s * r_gs), with w_s the share of stratum s in the people of both.
    """
    a, n1, c, n0 = made.T
    weight = (n1 + n0) / (n1 + n0).sum()
    return float((weight * a / n1).sum()), float((weight * c / n0).sum())


def standardised_ratio(strata: Strata) -> Interval:
    """The ratio of the two standardised rates with 95% bounds, rounding included."""
    made = strata.made
    a, n1, c, n0 = made.T
    weight = (n1 + n0) / (n1 + n0).sum()
    own, other = standardised_rates(made)
    variance = sum(
        float((weight**2 * (x / n) * (1 - x / n) / n).sum()) / rate**2
        for x, n, rate in ((a, n1, own), (c, n0, other))
    )
    by_group = [weight / n1 / own, -weight * a / n1**2 / own]
    by_others = [-weight / n0 / other, weight * c / n0**2 / other]
    slopes = np.column_stack([*by_group, *by_others])
    return _on_log_scale(own / other, variance + strata.rounding_variance(slopes))


def exact_test(a: float, n1: float, c: float, n0: float) -> float:
    """Fisher's two-sided p-value of a of n1 against c of n0, whole protected counts.

    More events than people there were at the start leave nobody without.
    """
    return float(fisher_exact([[a, max(n1 - a, 0)], [c, max(n0 - c, 0)]])[1])


def _on_log_scale(value: float, variance: float) -> Interval:
    spread = float(np.exp(norm.ppf(0.5 + LEVEL / 2) * np.sqrt(variance)))
    return value, value / spread, value * spread
