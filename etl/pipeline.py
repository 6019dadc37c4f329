"""From warehouse to publication: the stages in order, as a table of contents."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from etl import about as along
from etl import publish as publications
from etl.account import account
from etl.approval import remember_maker
from etl.delivered import CBS, Shares, check_source, delivered_shares
from etl.domain import Reference
from etl.errors import NotPublished, RefusedInput
from etl.metrics.count import People, planned_counts, planned_tables
from etl.metrics.delivered import cells as metric_cells
from etl.metrics.derive import derive
from etl.metrics.dimensions import dimension_frame
from etl.metrics.findings import findings
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.audit import audit
from etl.privacy.audit_input import Published, knowing, united
from etl.privacy.audit_proof import DeepScope
from etl.privacy.book import STOCK
from etl.privacy.plan import Plan, load_plan
from etl.privacy.policy import Policy
from etl.privacy.protect import Protected, protect
from etl.pseudonym import Keys
from etl.publication_files import shown_by_others
from etl.schemas import APART, BAROMETER
from etl.served import grounds
from etl.settings import Settings
from etl.steps import Step, passed
from etl.warehouse.delivered import append_shown
from etl.warehouse.engines import leaves_of
from etl.warehouse.exits import exits_of
from etl.warehouse.identity import check_identity
from etl.warehouse.ledger import bound_keys
from etl.warehouse.record import append, withdrawals
from etl.warehouse.store import Warehouse


@dataclass(frozen=True)
class Rules:
    """What is published, and by which rules, for one home."""

    reference: Reference
    policy: Policy
    plan: Plan

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """The rules in force; blocks of years stay where they were published before."""
        reference, policy = Reference.of(settings), Policy.load()
        plan = load_plan(reference, policy)
        blocks = publications.published_blocks(settings.published)
        return cls(reference, policy, plan.anchored(blocks))


STAGES = (
    "leaves",
    "identity",
    "plausibility",
    "count",
    "protect",
    "audit",
    "derive",
    "write",
)
"""The stages of :func:`publish`, in order, by the names that it tells."""


def publish(
    settings: Settings,
    accept: str | None,
    now: datetime,
    tell: Callable[[str], None] | None = None,
    deep: DeepScope | None = None,
    *,
    draft: bool = False,
) -> Made:
    """Make the next publication from everything that is loaded, and serve it.

    Where the organisation asks for approval it is a draft, served once somebody else approved it.

    Args:
        settings: the home.
        accept: the reason for which gross implausibilities are accepted; None accepts none.
        now: the moment that the publication carries.
        tell: called with the name of each stage (``STAGES``) when it begins.
        deep: what must be proved of it besides; None: what bounds leave open is not asked.
        draft: do not serve it yet. Its numbers count as served: whoever approves has seen them.

    Raises:
        RefusedInput: nothing is loaded, other keys are in use, or the calendar has a gap.
        NotPublished: the accounting identity fails, a gross implausibility is not accepted, or
            what was made breaks a rule. The old publication is still served.
    """

    def begin(stage: str) -> None:
        passed(Step(f"publish: {stage}"))
        if tell is not None:
            tell(stage)

    with _opened(settings) as warehouse:
        publications.clear_unfinished(settings.published)
        rules = Rules.of(settings)
        with warehouse.transaction():
            keys = bound_keys(warehouse, settings)
        check_source(warehouse, rules.reference, settings.published)
        calendar = Calendar(warehouse.snapshot_dates(), rules.reference.organisation)
        begin("leaves")
        people = _people(warehouse, settings)
        begin("identity")
        check_identity(people.leaves, warehouse.units(), rules.reference, warehouse.head_counts())
        begin("plausibility")
        hold(warehouse, accept, now)
        begin("count")
        counts = planned_counts(people, rules.plan, rules.reference, calendar)
        planned = planned_tables(people, rules.plan, rules.reference, calendar)
        about = _about(warehouse, rules, calendar, planned, keys, now)
        begin("protect")
        known = grounds(
            warehouse,
            people,
            counts,
            reference=rules.reference,
            policy=rules.policy,
            plan=rules.plan,
            calendar=calendar,
            dimensions=about.dimension,
            metrics=about.metric,
        )
        made = protect(counts, known, keys.key("rounding"))
        begin("audit")
        outcome = _attacked(settings, made, about, rules.policy, deep)
        begin("derive")
        known_of = (about.dimension, about.metric, rules.policy, about.reference)
        derived = derive(made.table.cells, *known_of)
        delivered = _delivered(warehouse, rules, calendar)
        derived = pl.concat([derived, delivered.cells.select(derived.columns).cast(derived.schema)])
        begin("write")
        about = replace(
            about,
            audit=outcome,
            finding=findings(
                pl.concat([made.table.cells, derived]),
                about.reference,
                about.dimension,
                about.metric,
            ),
            withdrawal=withdrawals(warehouse).select("metric", "period", "reason"),
        )

        def remember(name: str, sha256: str) -> None:
            remember_maker(warehouse, name, sha256, account(), now.replace(tzinfo=None))
            _remember(warehouse, name, made, calendar, delivered.fresh)

        written = publications.write(
            settings.published,
            made.table,
            derived,
            about,
            now,
            before_serving=remember,
            serve=not (draft or rules.reference.organisation.approval),
        )
        return Made(written, made.cells)


def _delivered(warehouse: Warehouse, rules: Rules, calendar: Calendar) -> Shares:
    """The shares that CBS delivers where it is the source of origin; else none."""
    if rules.reference.organisation.origin_source != CBS:
        return Shares(metric_cells([]), pl.DataFrame())
    return delivered_shares(warehouse, rules.reference, rules.policy, calendar)


def _remember(
    warehouse: Warehouse, name: str, made: Protected, calendar: Calendar, fresh: pl.DataFrame
) -> None:
    """Write into the record what a publication shows first, before anybody can see it."""
    if fresh.height:
        append_shown(warehouse, name, fresh)
    append(warehouse, name, made.record, _stock_dates(made.record, calendar))


@dataclass(frozen=True)
class Made:
    """A publication, and every split cell with what became of it, for the log alone."""

    publication: publications.Publication
    cells: pl.DataFrame


def _attacked(
    settings: Settings,
    made: Protected,
    about: along.About,
    policy: Policy,
    deep: DeepScope | None = None,
) -> pl.DataFrame:
    """Attack what is about to be published, with everything that ever was, from cells alone.

    Raises:
        NotPublished: a hidden number is not safe, and it is not one that public totals and earlier
            publications give away whatever is hidden now; or not everything asked for was proved.
    """
    newest = Published(made.table.cells, about.dimension, about.metric, policy)
    earlier = shown_by_others(settings.published)
    report = audit(knowing(united(newest, earlier), made.known), deep)
    if report.unsafe > made.implied:
        raise NotPublished(
            "The attack on what would be published found numbers that are not protected",
            expected="none that is known exactly or too closely",
            got=f"{report.unsafe} of {report.hidden} hidden numbers",
            next_step="keep the publication that is served, and report this as a fault; "
            "nothing was published",
        )
    if report.deep is not None and not report.deep.proved:
        raise NotPublished(
            "Not every hidden number of the newest periods could be proved safe",
            expected="each proved, whether or not people may change category",
            got="; ".join(one.told for one in report.deep.each),
            next_step="publish without --deep, or look into it: afspiegeling audit --deep --json; "
            "nothing was published",
        )
    told = report.told(implied=made.implied, publications=1 + len(earlier))
    return pl.DataFrame({"key": list(told), "value": list(told.values())})


def _stock_dates(rows: pl.DataFrame, calendar: Calendar) -> list[date]:
    """The reference dates of stocks among some rows."""
    stocks = set(rows.filter(pl.col("metric") == STOCK)["period"])
    return [period.end for period in calendar.stocks() if period.code in stocks]


def true_counts(settings: Settings) -> pl.DataFrame:
    """The planned true counts, for the data steward alone."""
    rules = Rules.of(settings)
    with Warehouse.open(settings, "read") as warehouse:
        calendar = Calendar(warehouse.snapshot_dates(), rules.reference.organisation)
        return planned_counts(_people(warehouse, settings), rules.plan, rules.reference, calendar)


def hold(warehouse: Warehouse, accept: str | None, now: datetime) -> None:
    """Hold the publication on gross implausibilities until they are accepted with a reason.

    Raises:
        NotPublished: gross findings stand open and ``accept`` is None; names rule, unit and date,
            never a figure.
    """
    if accept is not None:
        with warehouse.transaction():
            warehouse.accept(accept, now)
    held = warehouse.held()
    if held.is_empty():
        return
    named = [
        f"{rule} of {unit} at {ref.isoformat()}"
        for rule, unit, ref in held.head(3).select("rule", "unit", "ref").iter_rows()
    ]
    more = f"; and {held.height - 3} more" if held.height > 3 else ""
    raise NotPublished(
        "A loaded extract differs too much from the one before",
        where="; ".join(named) + more,
        expected="no jump past the gross bounds of plausibility.toml",
        next_step="look at the load report (status names it); load the corrected extract, or "
        'publish --accept "the reason why the jump is real"',
    )


def _opened(settings: Settings) -> AbstractContextManager[Warehouse]:
    if not settings.warehouse.is_file():
        raise RefusedInput(
            "There is nothing to publish yet",
            where=str(settings.home),
            next_step="load extracts first: afspiegeling load DIRECTORY --mapping NAME_OR_FILE",
        )
    return Warehouse.open(settings)


def _people(warehouse: Warehouse, settings: Settings) -> People:
    if not warehouse.snapshot_dates():
        raise RefusedInput(
            "There is nothing to publish yet",
            expected="at least one extract personeel with valid rows",
            next_step="load extracts first: afspiegeling load DIRECTORY --mapping NAME_OR_FILE",
        )
    return People(
        leaves_of(warehouse, settings),
        warehouse.unit_closure(),
        warehouse.unit_lines(),
        exits_of(warehouse),
    )


def _about(  # noqa: PLR0917 - each is a table's source
    warehouse: Warehouse,
    rules: Rules,
    calendar: Calendar,
    planned: pl.DataFrame,
    keys: Keys,
    now: datetime,
) -> along.About:
    standing = warehouse.standing_loads(without=APART)
    source = rules.reference.organisation.origin_source
    told = warehouse.standing_loads(without=APART - ({BAROMETER} if source == CBS else set()))
    dimension = dimension_frame(warehouse.units(), rules.plan, rules.reference, calendar)
    return along.About(
        dimension=dimension,
        metric=metric_frame(),
        reference=along.references(warehouse.targets(), rules.reference),
        plan=planned,
        load=along.loads(told, keys.seal),
        refusal=along.refusals(warehouse.refusals(without=APART), rules.policy),
        warning=along.warnings(warehouse.warnings(), rules.reference),
        meta=along.meta_of(rules.reference, rules.policy, dimension, now)
        | along.row_totals(standing),
    )
