"""Intervals on protected counts: the textbook ones, widened by what rounding may have moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

LEVEL = 0.95
ROUNDING_VARIANCE = 4.0
"""What one keyed rounding to base 5 adds to a count's variance.

A count with remainder r is rounded up with chance r/5: variance r(5 - r), which is 0, 4, 6, 6 or 4,
on average 4. The reader does not know the remainder, and of a shown number 5m the true ones, from
5m - 4 to 5m + 4, are as likely as 5 - |error|: again 4. The most that is possible, 6.25, makes
intervals wider than their 95% asks for.
"""


def effective_size(count: Floats, size: Floats, count_var: Floats, size_var: Floats) -> Floats:
    """The sample size at which a proportion is as uncertain as ``count / size`` is after rounding.

    The variance of x/n by the delta method is p(1-p)/n + (Var x + p^2 Var n)/n^2; solved for the
    n of a plain proportion. Without rounding, and where p is 0 or 1, this is ``size`` itself.

    Args:
        count: protected numerators.
        size: protected denominators, above 0.
        count_var: rounding variance of each numerator (0: exact).
        size_var: rounding variance of each denominator.
    """
    p = np.clip(count / size, 0.0, 1.0)
    binomial = p * (1 - p)
    variance = binomial / size + (count_var + p**2 * size_var) / size**2
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(binomial > 0, binomial / safe, size)


def wilson(
    count: Floats, size: Floats, count_var: Floats, size_var: Floats
) -> tuple[Floats, Floats]:
    """Wilson 95% bounds of ``count / size`` (fractions), widened by the rounding variance.

    Source: Wilson (1927) as in ``statsmodels.stats.proportion``; effective sample size as above.
    """
    # Loaded here: with what it brings along, every command would take twice as long to start.
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415

    n = effective_size(count, size, count_var, size_var)
    p = np.clip(count / size, 0.0, 1.0)
    lower, upper = proportion_confint(p * n, n, alpha=1 - LEVEL, method="wilson")
    return np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)


def ratio_interval(
    p1: Floats, n1: Floats, p2: Floats, n2: Floats, shared: Floats | float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """``p1 / p2`` with 95% bounds on the log scale (Katz et al. 1978).

    Args:
        p1: proportions of the group, above 0.
        n1: their effective sizes (``effective_size``).
        p2: proportions of the reference, above 0.
        n2: their effective sizes.
        shared: what is added to the variance of the logarithm where the roundings of one are in
            the other (``shared_rounding``).
    """
    ratio = p1 / p2
    # A rate can pass 1 (more joiners than were there); its binomial part is none then.
    variance = (1 - np.minimum(p1, 1)) / (p1 * n1) + (1 - np.minimum(p2, 1)) / (p2 * n2) + shared
    spread = np.sqrt(variance) * norm.ppf(0.5 + LEVEL / 2)
    return ratio, ratio * np.exp(-spread), ratio * np.exp(spread)


def score_test(
    p1: Floats,
    sizes1: tuple[Floats, Floats],
    p2: Floats,
    sizes2: tuple[Floats, Floats],
    shared: Floats | float = 0.0,
) -> Floats:
    """How many standard errors two proportions are apart if there is no difference.

    The score test (Pearson's chi-square without continuity correction, as its root), its variance
    widened by that of the rounding. Where one proportion is small it is far more accurate than
    the distance of an interval from equality.

    Args:
        p1: proportions of the group.
        sizes1: their sizes and their effective sizes (``effective_size``).
        p2: proportions of the others.
        sizes2: their sizes and their effective sizes.
        shared: what is added to the variance of the difference where the roundings of one are in
            the other.
    """
    (n1, e1), (n2, e2) = sizes1, sizes2
    pooled = np.clip((p1 * n1 + p2 * n2) / (n1 + n2), 0.0, 1.0)
    chance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    rounding = sum(
        np.maximum(p * (1 - p), 0.0) * (1 / e - 1 / n) for p, n, e in ((p1, n1, e1), (p2, n2, e2))
    )
    variance = chance + rounding + shared
    return np.where(variance > 0, (p1 - p2) / np.sqrt(np.where(variance > 0, variance, 1.0)), 0.0)


def shared_rounding(count: Floats, count_var: Floats, other: Floats) -> Floats:
    """Variance of ``ln(count / other)`` by a rounding that ``other`` holds with the other sign.

    The others are a remainder: what rounding adds to the group is missing there. By the delta
    method that is twice the covariance, on top of the variances of both.

    Args:
        count: protected counts of the group, above 0.
        count_var: their rounding variance.
        other: protected counts of the others, above 0.
    """
    return 2 * count_var / (count * other)


def difference_interval(
    p1: Floats,
    bounds1: tuple[Floats, Floats],
    p2: Floats,
    bounds2: tuple[Floats, Floats],
    shared: Floats | float = 0.0,
) -> tuple[Floats, Floats, Floats]:
    """``p1 - p2`` with 95% bounds from those of the two proportions (Newcombe 1998, method 10).

    ``shared`` is added to the variance of the difference (Zou and Donner 2008): twice what the two
    vary together, with the sign turned.
    """
    (l1, u1), (l2, u2) = bounds1, bounds2
    difference = p1 - p2
    both = norm.ppf(0.5 + LEVEL / 2) ** 2 * shared
    lower = difference - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2 + both)
    upper = difference + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2 + both)
    return difference, lower, upper
