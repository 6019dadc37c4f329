"""The one command; the only module that imports both the ETL and the dashboard."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    raise SystemExit(0)
