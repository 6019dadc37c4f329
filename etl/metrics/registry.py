"""Every metric there is, in one place; a new theme is a file with definitions and a line here."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from etl.metrics.chain import CHAIN
from etl.metrics.delivered import DELIVERED
from etl.metrics.exit_monitor import EXIT_COUNTS, EXIT_FIGURES
from etl.metrics.fairness import FAIRNESS
from etl.metrics.flow import FLOW
from etl.metrics.metric import Metric
from etl.metrics.spread import SPREAD
from etl.metrics.stock import STOCK
from etl.metrics.targets import TARGETS
from etl.metrics.time_to_promotion import TIME_TO_PROMOTION

THEMES = (
    *(*STOCK, *FLOW, *FAIRNESS, *CHAIN, *TIME_TO_PROMOTION, *SPREAD),
    *(*EXIT_COUNTS, *EXIT_FIGURES, *TARGETS, *DELIVERED),
)
METRICS: dict[str, Metric] = {metric.key: metric for metric in THEMES}

COLUMNS = (
    "metric",
    "kind",
    "sensitivity",
    "numerator",
    "numerator_category",
    "denominator",
    "denominator_category",
    "denominator_when",
    "reference",
    "rounding_base",
    "label_nl",
    "label_en",
    "definition_nl",
    "definition_en",
    "unit",
)
"""The columns of ``metrics.csv`` and ``mart_metric``."""


def count_metrics() -> tuple[Metric, ...]:
    """The metrics that ``count`` makes from leaves and ``protect`` rounds."""
    return tuple(metric for metric in METRICS.values() if metric.kind == "count")


def metric_frame() -> pl.DataFrame:
    """All definitions as one frame, a row a metric, columns ``COLUMNS``."""
    rows = [{"metric": m.key, **asdict(m)} for m in METRICS.values()]
    return pl.DataFrame(rows).select(COLUMNS)
