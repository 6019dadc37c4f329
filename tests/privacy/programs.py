"""What the audit's own equations leave possible, exactly: one whole-number program a bound.

Bounds propagation is weaker than the equations it works on. This tells a missing equation from a
bound that was not found.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from etl.privacy.audit_input import Published
from etl.privacy.audit_system import REST, STAYED, make_system
from tests.privacy.enumerator import Cell

KEYS = ("metric", "period", "unit", "scale_group", "category")


class Programs:
    """The equations of one publication.

    Args:
        published: the publication of one attribute.
        lasting: whether nobody changes category between two dates.
    """

    def __init__(self, published: Published, *, lasting: bool) -> None:
        system = make_system(published)
        rows, kept = system.rows, np.ones(system.rows.count, dtype=np.bool_)
        if not lasting:
            kept &= ~system.soft
        row = np.repeat(np.arange(rows.count), np.diff(rows.start))
        shape = (rows.count, len(system.lower))
        matrix = csr_array((rows.sign.astype(np.float64), (row, rows.unknown)), shape=shape)[kept]
        self._constraint = LinearConstraint(matrix, rows.constant[kept], rows.constant[kept])
        self._bounds = Bounds(system.lower, system.upper)
        self._size = len(system.lower)
        cells = (
            system.unknowns.filter(~pl.col("role").is_in([REST, STAYED]))
            .join(system.bases.drop("base").filter(~pl.col("direct")), on="b")
            .join(system.nodes.frame, on="n")
        )
        self._place = {row[:-1]: row[-1] for row in cells.select(*KEYS, "x").iter_rows()}

    def values(self, cell: Cell) -> int:
        """How many whole values lie between the least and the most that a cell can be."""
        least, most = (self._end(self._place[cell], sign) for sign in (1, -1))
        return most - least + 1

    def _end(self, unknown: int, sign: int) -> int:
        objective = np.zeros(self._size)
        objective[unknown] = sign
        found = milp(
            objective,
            constraints=self._constraint,
            bounds=self._bounds,
            integrality=np.ones(self._size),
        )
        assert found.success, found.message
        return sign * round(found.fun)
