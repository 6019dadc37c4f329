"""Every mutant: each threshold, gate, constraint class and identity off, one at a time."""

from __future__ import annotations

from tests.privacy.mutants import Edit, Mutant


def _named(short: str) -> str:
    """``privacy/rules::a_name`` is the test ``test_a_name`` of ``tests/privacy/test_rules.py``."""
    file, _, name = short.partition("::")
    folder, module = file.split("/")
    return f"tests/{folder}/test_{module}.py::test_{name}"


def _mutant(name: str, path: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, (Edit(f"etl/{path}.py", old, new),), tuple(map(_named, tests)))


THRESHOLDS = (
    _mutant(
        "threshold: one fewer is enough",
        "privacy/rules",
        "return count >= threshold",
        "return count >= threshold - 1",
        "privacy/rules::zero_is_as_small_as_nine",
    ),
    _mutant(
        "threshold: zero is not small",
        "privacy/rules",
        "return count >= threshold",
        "return (count == 0) | (count >= threshold)",
        "privacy/rules::zero_is_as_small_as_nine",
    ),
    _mutant(
        "threshold: the complement is not asked",
        "privacy/rules",
        "return whole - count >= threshold",
        "return whole - count >= 0",
        "privacy/rules::nearly_everybody_is_as_unsafe_as_nearly_nobody",
    ),
    _mutant(
        "threshold: the complement within known is not asked",
        "privacy/decide",
        "for whole in (WHOLE, *split.parents(node)):",
        "for whole in (WHOLE,):",
        "privacy/decide::few_others_within_known_hide_a_group",
    ),
    _mutant(
        "threshold: what a remainder reads as is not asked",
        "privacy/decide",
        "safe &= np.asarray(rules.count_is_large(value[node], least))",
        "pass",
        "privacy/decide::a_remainder_that_reads_small_is_hidden",
    ),
    _mutant(
        "threshold: a cross takes the mildest class",
        "privacy/policy",
        'self.by_class["special" if "special" in sensitivities else "personal"]',
        'self.by_class["personal" if "personal" in sensitivities else "special"]',
        "privacy/rules::crossed_dimensions_take_the_strictest_class",
    ),
    _mutant(
        "gate: one person fewer opens a base",
        "privacy/rules",
        "return base >= minimum",
        "return base >= minimum - 1",
        "privacy/rules::a_base_opens_at_its_gate",
    ),
    _mutant(
        "gate: single leaves open with the others",
        "privacy/policy",
        "return self.minimum_base_leaves.value",
        "return self.minimum_base.value",
        "privacy/protect::single_origins_open_at_250",
    ),
    _mutant(
        "gate: few delivered answers are a measurement",
        "privacy/sheet",
        'unmeasured=pl.col("measured") < least',
        'unmeasured=pl.col("measured") < 1',
        "privacy/protect::an_attribute_that_was_never_delivered_is_not_measured",
    ),
    _mutant(
        "gate: fte of any small group",
        "privacy/protect",
        "np.asarray(rules.base_is_open(base, allowed.minimum_base.value))",
        "np.ones(len(base), dtype=np.bool_)",
        "privacy/protect::fte_is_gated_on_the_head_count",
    ),
    _mutant(
        "last check: numbers below their threshold pass",
        "privacy/protect",
        "rules.check_count(int(least[0]), allowed.threshold.value)",
        "pass",
        "privacy/protect::the_last_check_stops_what_its_own_rules_forbid",
    ),
)

ROUNDING = (
    _mutant(
        "rounding: none",
        "privacy/rounding",
        "return counts - rest + base * (levels < rest)",
        "return counts",
        "privacy/rounding::rounds_up_exactly_when_the_draw_is_below_the_rest",
    ),
    _mutant(
        "rounding: biased upwards",
        "privacy/rounding",
        "(levels < rest)",
        "(levels <= rest) * (rest > 0)",
        "privacy/rounding::rounds_up_exactly_when_the_draw_is_below_the_rest",
        "privacy/rounding::is_unbiased_over_many_bases",
    ),
    _mutant(
        "rounding: without the key",
        "privacy/rounding",
        "hashlib.blake2b(key=key, digest_size=8)",
        "hashlib.blake2b(digest_size=8)",
        "privacy/rounding::another_base_attribute_set_or_key_draws_anew",
    ),
    _mutant(
        "rounding: another draw in every period",
        "privacy/sheet",
        "draw = Draw(sums_of(bases), key, policy.rounding_base.value)",
        "times = [sum(period.encode()) for period in bases['period'].to_list()]\n"
        "    sums = [(a ^ b) % 2**64 for a, b in zip(sums_of(bases), times, strict=True)]\n"
        "    draw = Draw(sums, key, policy.rounding_base.value)",
        "privacy/protect::one_base_has_one_number_in_all_periods_and_another_base_its_own_draw",
    ),
    _mutant(
        "rounding: the draw depends on the group",
        "privacy/decide",
        "return round_counts(count[node], draw.of(split, node), draw.base)",
        "drawn = zip(draw.of(split, node), count[node].tolist(), strict=True)\n"
        "            mixed = [u * (2 * n + 1) % 2**64 for u, n in drawn]\n"
        "            return round_counts(count[node], mixed, draw.base)",
        "privacy/protect::other_members_in_the_same_base_keep_the_draw",
    ),
    _mutant(
        "rounding: the draw depends on the label",
        "privacy/decide",
        "category_of(split.leaves(node))",
        'category_of(split.leaves(node)) + "|".join(node)',
        "privacy/protect::the_remainder_is_the_published_parent_minus_the_published_parts",
        "privacy/rounding_attack::a_set_of_leaves_has_one_number_in_all_tables_and_periods",
    ),
    _mutant(
        "rounding: known has a draw of its own",
        "privacy/decide",
        "equation = made_by.get(node)",
        'equation = None if node[0] == "known" else made_by.get(node)',
        "privacy/protect::the_remainder_is_the_published_parent_minus_the_published_parts",
        "privacy/linked::known_and_unknown_are_never_two_roundings_of_one_secret",
    ),
    _mutant(
        "rounding: every remainder has a draw of its own",
        "privacy/decide",
        "equation = made_by.get(node)",
        "equation = None",
        "privacy/protect::the_remainder_is_the_published_parent_minus_the_published_parts",
    ),
)

CLOSING = (
    _mutant(
        "closing: a hidden part leaves the remainder shown",
        "privacy/decide",
        "yield equation.remainder, whole | _any([hidden[node] for node in own])",
        "yield equation.remainder, whole",
        "privacy/decide::what_is_hidden_takes_along_what_would_give_it_away",
    ),
    _mutant(
        "closing: a hidden remainder stays alone",
        "privacy/decide",
        "yield min(own), alone & ~whole",
        "yield min(own), nothing",
        "privacy/decide::what_is_hidden_takes_along_what_would_give_it_away",
    ),
    _mutant(
        "closing: leaves of a hidden group are shown",
        "privacy/decide",
        "if equation.guards_parts:",
        "if equation.guards_parts and not own:",
        "privacy/decide::what_is_hidden_takes_along_what_would_give_it_away",
    ),
    _mutant(
        "closing: a hidden group is the sum of shown ones",
        "privacy/decide",
        "yield min(equation.parts), whole & ~part",
        "yield min(equation.parts), nothing",
        "privacy/protect::hidden_groups_and_their_sum_hide_each_other",
    ),
    _mutant(
        "closing: the sum of a hidden group is shown",
        "privacy/decide",
        "yield equation.whole, part\n",
        "yield equation.whole, nothing\n",
        "privacy/protect::hidden_groups_and_their_sum_hide_each_other",
    ),
)

SUPPRESSION = (
    _mutant(
        "suppression: off",
        "privacy/linked",
        "result[index] = system.solve(hidden[index])",
        "result[index] = hidden[index]",
        "privacy/linked::suppression_alone_leaves_nothing_that_follows",
    ),
    _mutant(
        "suppression: what was settled before is not known",
        "privacy/linked",
        "given = [*self._zeros(), *self._columns_of(settled)]",
        "given = [*self._zeros(), *self._columns_of(settled[:0])]",
        "privacy/linked::suppression_alone_leaves_nothing_that_follows",
    ),
    _mutant(
        "suppression: that nobody is in a rest is not known",
        "privacy/linked",
        "given = [*self._zeros(), *self._columns_of(settled)]",
        "given = self._columns_of(settled)",
        "privacy/linked::suppression_alone_leaves_nothing_that_follows",
    ),
    _mutant(
        "suppression: small sums of hidden parts may follow",
        "privacy/linked",
        'if len(group) > 1 and ("sum", group) not in made',
        'if len(group) < 1 and ("sum", group) not in made',
        "privacy/linked::two_hidden_siblings_of_nobody_much_take_a_third_along",
    ),
    _mutant(
        "suppression: small rests may follow",
        "privacy/linked",
        'if hidden[n] and ("rest", (whole, n)) not in made:',
        'if not hidden[n] and ("rest", (whole, n)) not in made:',
        "privacy/linked::a_small_rest_of_a_hidden_cell_does_not_follow",
    ),
    _mutant(
        "suppression: who is alone knows nothing",
        "privacy/linked",
        "return span_of(self._columns_of(alone), self._outsiders[0])",
        "return span_of([], self._outsiders[0])",
        "privacy/linked::who_is_alone_in_a_base_knows_its_cells",
    ),
    _mutant(
        "suppression: large numbers are shown first",
        "privacy/linked",
        "return (cell.unit_level, *detail,",
        "return (-(cell.number or 0), *detail,",
        "privacy/linked::of_two_equal_bases_the_same_one_is_shown_whatever_is_in_them",
    ),
    _mutant(
        "suppression: a pivot leaves the hidden columns as they were",
        "privacy/suppress",
        "hidden.eliminate(*span.add(reduced))",
        "span.add(reduced)",
        "privacy/suppress::two_hidden_in_every_line_of_a_4x4_are_no_protection",
        "privacy/suppress::a_two_way_table_gives_single_cells_away_unless_others_are_hidden",
    ),
)

DISTANCE = (
    _mutant(
        "distance: special as personal",
        "privacy/distance",
        "policy.of(*found).distance.value",
        'policy.of("personal").distance.value',
        "privacy/distance::a_base_is_decided_anew_at_the_distance_of_its_class",
    ),
    Mutant(
        "distance: the change of the head count",
        (
            Edit(
                "etl/privacy/distance.py",
                '.filter(pl.col("joined") + pl.col("left") < pl.col("distance"))',
                '.filter((pl.col("joined") - pl.col("left")).abs() < pl.col("distance"))',
            ),
            Edit(
                "etl/privacy/base_sets.py",
                "np.flatnonzero(joined + left < limit)",
                "np.flatnonzero(np.abs(joined - left) < limit)",
            ),
        ),
        (_named("privacy/distance::persons_are_counted_not_the_change_of_the_head_count"),),
    ),
    _mutant(
        "distance: summed flows instead of distinct persons",
        "privacy/base_sets",
        "frames = [_near_one(now, other, limit) for other in others if other.ref != now.ref]",
        "chain = [*sorted((o for o in others if o.ref < now.ref), key=lambda o: o.ref), now]\n"
        "    frames = []\n"
        "    for at, other in enumerate(chain[:-1]):\n"
        "        legs = pl.concat(\n"
        "            _moved_one(b, a) for a, b in zip(chain[at:-1], chain[at + 1 :], strict=True)\n"
        "        )\n"
        "        sums = legs.group_by(BASE).agg(pl.col('joined', 'left').sum())\n"
        "        named = sums.with_columns(\n"
        "            other_ref=pl.lit(other.ref), other_unit='unit',\n"
        "            other_scale_group='scale_group'\n"
        "        ).select(NEAR.names())\n"
        "        frames.append(named.filter(pl.col('joined') + pl.col('left') < limit))",
        "privacy/distance::summed_flows_would_have_called_this_far",
    ),
    _mutant(
        "distance: the last decision only",
        "privacy/distance",
        'decided = history.filter("fresh").select("ref", *KEYS).unique()',
        'decided = history.filter("fresh").sort("ref").unique(KEYS, keep="last")',
        "privacy/distance::summed_flows_would_have_called_this_far",
    ),
    _mutant(
        "distance: the same unit only",
        "privacy/distance",
        "cells.join(pairs, on=BASE)\n",
        'cells.join(pairs.filter(pl.col("unit") == pl.col("other_unit")), on=BASE)\n',
        "privacy/distance::a_renamed_unit_with_one_joiner_is_hidden",
    ),
    _mutant(
        "distance: the same scale group only",
        "privacy/distance",
        "cells.join(pairs, on=BASE)\n",
        'cells.join(pairs.filter(pl.col("scale_group") == pl.col("other_scale_group")), on=BASE)\n',
        "privacy/distance::two_scale_groups_of_different_dates_that_differ_by_two",
    ),
    _mutant(
        "distance: an equal set is decided anew",
        "privacy/distance",
        ".then(pl.lit(COPIED))",
        ".then(pl.lit(FRESH))",
        "privacy/distance::a_renamed_unit_repeats_the_decision_of_the_old_code",
    ),
    _mutant(
        "distance: what is too near and was never said is shown",
        "privacy/book",
        "self.hidden[nothing] = True",
        "pass",
        "privacy/dates::a_renamed_unit_with_one_joiner_is_hidden",
    ),
    _mutant(
        "distance: not asked",
        "privacy/dates",
        "book.repeat(rows, sources)\n        ",
        "",
        "privacy/dates::one_joiner_repeats_number_base_and_date",
    ),
    _mutant(
        "distance: a repeated number carries the date of today",
        "privacy/book",
        "self._as_of[kept] = self._as_of[source]",
        "pass",
        "privacy/dates::one_joiner_repeats_number_base_and_date",
    ),
    _mutant(
        "distance: a repeated number stands beside the base of today",
        "privacy/book",
        "self.base[kept] = self.base[source]",
        "pass",
        "privacy/dates::one_joiner_repeats_number_base_and_date",
    ),
)

EXITS = (
    _mutant(
        "exit monitor: parts are made of the true number of respondents",
        "privacy/totals",
        "return np.where(bases.select(IS_PROTECTED).to_series().to_numpy(), made, exact)",
        "return np.where(bases.select(IS_PROTECTED).to_series().to_numpy(), exact, exact)",
        "privacy/exit_monitor::nothing_tells_the_true_number_of_respondents",
    ),
    _mutant(
        "exit monitor: the true base is published",
        "privacy/totals",
        'pl.when(IS_PROTECTED).then("told")',
        'pl.when(IS_PROTECTED).then("base")',
        "privacy/exit_monitor::nothing_tells_the_true_number_of_respondents",
    ),
    _mutant(
        "exit monitor: few who were silent are told",
        "privacy/totals",
        "found: Bools = shown & (silent | (rows",
        "found: Bools = shown & (True | (rows",
        "privacy/exit_monitor::few_who_did_not_answer_hide_who_was_invited",
    ),
    _mutant(
        "exit monitor: few outside the shown parts",
        "privacy/decide",
        "found[node] |= ~np.asarray(rules.complement_is_large(shown, number[outer], least))",
        "found[node] |= np.zeros_like(found[node])",
        "privacy/exit_monitor::few_between_two_shown_opinions_hide_one",
    ),
    _mutant(
        "exit monitor: an older year is made after a newer one",
        "privacy/totals",
        "return pl.concat([frames[0], frames[1].filter(late)])",
        "return pl.concat([frames[0], frames[1]])",
        "privacy/exit_monitor::a_year_that_is_older_than_what_was_served_is_not_made",
    ),
)

HISTORY = (
    _mutant(
        "history: served rows are made again",
        "privacy/protect",
        'is_fte, whole = pl.col("metric") == "fte", pl.col("attribute") == EVERYBODY\n',
        'is_fte, whole = pl.col("metric") == "fte", pl.col("attribute") == EVERYBODY\n'
        '    object.__setattr__(grounds, "served", grounds.served.clear())\n',
        "privacy/dates::what_was_served_stands_whatever_the_counts_say_now",
    ),
    _mutant(
        "history: a date changes what was decided before it",
        "privacy/dates",
        "(book.step == step) & ~book.served & book.fresh",
        "(book.step <= step) & ~book.served & book.fresh",
        "privacy/linked::a_year_is_hidden_rather_than_a_quarter_that_was_decided_before",
    ),
    _mutant(
        "history: what was withdrawn is shown",
        "privacy/protect",
        "hide = pl.any_horizontal(marks) &",
        "hide = pl.lit(value=False) &",
        "privacy/dates::what_is_withdrawn_is_hidden_wherever_it_is_repeated",
    ),
    _mutant(
        "history: what was withdrawn is shown where it is repeated",
        "privacy/protect",
        '_TOLD_BY = ("period", "as_of")',
        '_TOLD_BY = ("period",)',
        "privacy/dates::what_is_withdrawn_is_hidden_wherever_it_is_repeated",
    ),
)

GATE = (
    _mutant(
        "gate: no repair",
        "privacy/gate",
        "near = (self._near(start, row_of, later) for start in self._starts(faults))",
        "near = (None for _ in self._starts(faults))",
        "privacy/dates::what_an_attack_finds_is_repaired",
    ),
    _mutant(
        "gate: links between nearly equal sets are not attacked",
        "privacy/audit_system",
        "links = NO_LINKS if moves is None else",
        "links = NO_LINKS if True else",
        "privacy/judge::a_change_between_two_shown_numbers_keeps_its_values",
    ),
    _mutant(
        "publish: what the attack finds does not stop it",
        "pipeline",
        "if report.unsafe > made.implied:",
        "if report.unsafe < 0:",
        "etl/publish_gate::what_the_attack_finds_is_not_published",
    ),
    _mutant(
        "publish: earlier publications are not attacked",
        "pipeline",
        "earlier = shown_by_others(settings.published)",
        "earlier = []",
        "etl/publish_gate::a_number_that_another_publication_shows_is_known",
    ),
)

AUDIT = (
    _mutant(
        "audit: units do not add up",
        "privacy/audit_system",
        "        unit_relation(bases, edges),\n",
        "",
        "privacy/audit::unit_minus_its_published_parts_is_recovered",
    ),
    _mutant(
        "audit: scale groups do not add up",
        "privacy/audit_system",
        "        scale_relation(bases, published),\n",
        "",
        "privacy/audit::linked_tables_each_safe_are_not_safe_together",
    ),
    _mutant(
        "audit: quarters do not add up to the year",
        "privacy/audit_system",
        "        time_relation(bases, published),\n",
        "",
        "privacy/audit::year_minus_three_quarters_is_recovered",
    ),
    _mutant(
        "audit: categories do not add up",
        "privacy/audit_system",
        "    builder.within(nodes)\n",
        "",
        "privacy/audit::a_complement_within_a_crossed_table_is_recovered",
    ),
    _mutant(
        "audit: no transition identity",
        "privacy/audit_system",
        "for lasting in (identity, path_relation, spell_identity):",
        "for lasting in (path_relation, spell_identity):",
        "privacy/audit::exact_counts_of_joiners_between_dates_are_recovered",
    ),
    _mutant(
        "audit: who came need not be present",
        "privacy/audit_system",
        "    builder.between(presence(bases, published), rest=STAYED)\n",
        "",
        "privacy/audit::who_came_is_among_those_present",
    ),
    _mutant(
        "audit: a shown number does not tell its threshold",
        "privacy/audit_alone",
        "least = np.where(kept, np.maximum(least, threshold), least)",
        "pass",
        "privacy/audit_system::a_rounded_number_tells_its_threshold",
    ),
    _mutant(
        "audit: a shown number does not tell the threshold of the others",
        "privacy/audit_alone",
        "most = np.where(kept, np.minimum(most, base - threshold), most)",
        "pass",
        "privacy/audit_system::a_rounded_number_tells_its_threshold",
    ),
    _mutant(
        "audit: a shown number tells nothing of its hidden sibling",
        "privacy/audit_alone",
        "found[other] = np.maximum(lower[other], np.minimum(threshold, upper)[other])",
        "pass",
        "privacy/audit_system::a_shown_number_tells_that_its_sibling_is_large",
    ),
    _mutant(
        "audit: rounding hides one value more",
        "privacy/audit_input",
        "self.policy.rounding_base.value - 1",
        "self.policy.rounding_base.value",
        "privacy/audit_system::the_error_of_a_remainder_is_that_of_all_it_is_made_of",
    ),
    _mutant(
        "audit: no row space",
        "privacy/audit",
        "for unknown, value in solved.value.items():",
        "for unknown, value in {}.items():",
        "privacy/audit::two_hidden_in_every_line_are_recovered",
    ),
    _mutant(
        "audit: a repeated number is one of today",
        "privacy/audit_system",
        'period=pl.when(repeated).then("as_of").otherwise("period")',
        'period="period"',
        "privacy/audit::a_number_repeated_from_an_earlier_date_tells_about_that_date",
    ),
    _mutant(
        "audit: numbers of other publications are not known",
        "privacy/audit_input",
        "cells = pl.concat([rest, known.select(cells.columns)])",
        "pass",
        "etl/publish_gate::a_number_that_another_publication_shows_is_known",
    ),
)

SAFETY = (
    _mutant(
        "safety: one possible value fewer is enough",
        "privacy/audit_judge",
        "narrow = hidden & ~exact & (values < ",
        "narrow = hidden & ~exact & (values + 1 < ",
        "privacy/judge::a_hidden_number_keeps_as_many_values_as_the_width",
    ),
    _mutant(
        "safety: who counts himself in is not thought of",
        "privacy/audit_judge",
        "narrow |= hidden & ~exact & (bounds.upper > 0) & ",
        "narrow |= hidden & ~exact & (bounds.upper < 0) & ",
        "privacy/judge::a_colleague_who_is_in_the_number_himself_learns_no_more",
    ),
    _mutant(
        "safety: a certain majority is nothing",
        "privacy/audit_judge",
        "(bounds.lower * self.majority > self.base)",
        "(bounds.lower > self.base)",
        "privacy/judge::a_certain_majority_of_a_small_group_is_unsafe",
    ),
    _mutant(
        "safety: sums of hidden parts are not judged",
        "privacy/audit_judge",
        "return start[found.judged & (upper - lower + 1 < found.width)]",
        "return start[:0]",
        "privacy/judge::a_sum_of_hidden_parts_keeps_as_many_values_as_the_width",
    ),
    _mutant(
        "safety: changes between shown numbers are not judged",
        "privacy/audit_judge",
        "return np.flatnonzero(judged & few)",
        "return np.zeros(0, dtype=np.int64)",
        "privacy/judge::a_change_between_two_shown_numbers_keeps_its_values",
    ),
)

LEAKS = (
    _mutant(
        "leak: one hidden cell is published",
        "privacy/protect",
        "    rows = book.rows()\n",
        "    book.hidden[np.flatnonzero(book.hidden)[:1]] = False\n    rows = book.rows()\n",
        "privacy/linked::and_recovers_nothing_from_the_publication",
        "privacy/protect::truth_table_of_the_origin_split",
    ),
    _mutant(
        "leak: the value stays beside the status",
        "privacy/book",
        "np.where((status == PUBLISHED).to_numpy(), self.value, np.nan)",
        "self.value.astype(np.float64)",
        "privacy/protect::hidden_cells_have_one_symbol_and_nothing_else",
    ),
    _mutant(
        "leak: secondary has a symbol of its own",
        "privacy/book",
        "[self.unmeasured, self.hidden], [NOT_MEASURED, SUPPRESSED], default=PUBLISHED",
        "[self.unmeasured, self.hidden & (self.cause == 2), self.hidden],\n"
        '            [NOT_MEASURED, "secondary", SUPPRESSED],\n'
        "            default=PUBLISHED",
        "privacy/linked::one_symbol_for_primary_and_secondary",
    ),
    Mutant(
        "leak: hidden cells lie in the order of what they hide",
        (
            Edit(
                "etl/privacy/protect.py",
                "for frame in frames).sort(KEYS)",
                "for frame in frames)",
            ),
            Edit(
                "etl/privacy/book.py",
                "            cause=self.causes,\n        )",
                "            cause=self.causes,\n        ).sort(pl.Series(self.value))",
            ),
        ),
        (_named("privacy/protect::cells_lie_in_the_order_of_their_keys"),),
    ),
    Mutant(
        "leak: figures are derived from true counts",
        (
            Edit(
                "etl/pipeline.py",
                "derived = derive(made.table.cells, *known_of)",
                "keys = [name for name in counts.columns if name in made.table.cells.columns"
                " and name != 'base']\n"
                "        true = made.table.cells.join(counts.select(*keys, 'count'), on=keys, how='left')\n"
                "        raw = true.with_columns(\n"
                "            value=pl.when(pl.col('status') == 'published')\n"
                "            .then(pl.coalesce(pl.col('count').cast(pl.Float64), 'value'))\n"
                "        ).drop('count')\n"
                "        derived = derive(raw, *known_of)",
            ),
        ),
        (_named("etl/publish_gate::figures_follow_from_the_published_cells_alone"),),
    ),
)

MUTANTS = (
    *THRESHOLDS,
    *ROUNDING,
    *CLOSING,
    *SUPPRESSION,
    *DISTANCE,
    *EXITS,
    *HISTORY,
    *GATE,
    *AUDIT,
    *SAFETY,
    *LEAKS,
)
EVERYDAY = (THRESHOLDS[0], ROUNDING[4], CLOSING[0], DISTANCE[2], AUDIT[0], LEAKS[1])
"""One of most kinds, quickly tried."""
