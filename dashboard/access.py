"""Who may see what: four roles, one table of addresses, and the units of an HR manager.

What is published is safe whoever sees it; roles are there because a ministry wants them, never
instead of protection. Every address is judged here, on the server: pages, choices, exports, papers.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from flask import g, has_request_context
from werkzeug.exceptions import Forbidden

BOARD, HR, ANALYST, OFFICER = "bestuursraad", "hr", "analist", "fg"
ROLES = (ANALYST, BOARD, HR, OFFICER)
"""Names of the roles in the claims; of several the first counts."""
OPEN = "open"
"""Everybody, where there is no identity provider: this computer only."""
READERS = frozenset({BOARD, HR, ANALYST, OPEN})
ALL = READERS | {OFFICER}
RULES = (
    (r"/(verantwoording|toegankelijkheid)", ALL),
    (r"/toegang(\.csv)?", frozenset({OFFICER})),
    (r"/export/publication\.zip", frozenset({ANALYST, OPEN})),
    (r"/export/coverage\..*", ALL),  # of the page on privacy
    (r"/(_dash-.*|_reload-hash|units\.json|publication\.json)", ALL),
    (r"/.*", READERS),
)
"""Pattern of an address -> roles; the first that fits decides."""
WITHOUT_LOGIN = re.compile(
    r"/(assets/.*|_dash-component-suites/.*|_favicon\.ico|login(/.*)?|logout|healthz|readyz|metrics)"
)
"""What has to answer before anybody has logged in; nothing of it is about people or units."""


@dataclass(frozen=True)
class Access:
    """One reader.

    Attributes:
        role: one of ``ROLES``, or ``OPEN``; an empty text may nothing.
        units: units of an HR manager, whose subtrees and ancestors can be seen; None is all.
        who: the subject that the identity provider gave.
    """

    role: str
    units: tuple[str, ...] | None = None
    who: str = ""

    def may(self, path: str) -> bool:
        """Whether this reader may open an address."""
        roles = next(roles for pattern, roles in RULES if re.fullmatch(pattern, path, re.DOTALL))
        return self.role in roles

    def check(self, path: str, units: Collection[str], visible: Collection[str]) -> None:
        """Refuse what this reader may not see.

        Raises:
            Forbidden: the address is not for this role, or a unit is outside what it may see.
        """
        if not self.may(path) or (self.units is not None and not set(units) <= set(visible)):
            raise Forbidden


EVERYBODY, NOBODY = Access(OPEN), Access("", ())


def current() -> Access:
    """The reader of this request; outside a request (the command line) everybody."""
    if not has_request_context():
        return EVERYBODY
    found: Access = g.get("access", NOBODY)
    return found
