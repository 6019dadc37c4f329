"""Published values with their intervals -> the sentence above a block. Pure, Dutch and English.

A sentence never says more than the interval allows: a direction is stated only where the 95%
interval leaves out "no difference"; otherwise the sentence says that it may be chance. A hidden
value is called "onderdrukt", never why.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dashboard import formats
from dashboard.compare import (
    Change,
    Row,
    change,
    difference,
    excludes,
    of_one_date,
    published,
    repeated,
)
from dashboard.i18n import N_, translator

Labelled = Sequence[tuple[str, Row | None]]
Step = tuple[str, str, Row | None]

PARITY_SUBJECT = {
    "promotion_parity": N_("de kans op promotie"),
    "crossing_parity": N_("de kans op de stap naar de hoge schalen"),
    "exit_parity": N_("de kans op vertrek"),
}
STEP_PLACE = {
    "inflow": N_("de instroom"),
    "promotion": N_("promotie"),
    "crossing": N_("de stap naar de hoge schalen"),
    "exit": N_("vertrek"),
}
ABOUT_HALF = (0.45, 0.55)


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def share(row: Row, lang: str, *, aside: bool = False) -> str:
    """The percentage of a published share or rate, with its date where it is repeated.

    ``3,4%``, ``3,4% (stand 2025 K2)``; ``aside`` is for use between brackets.
    """
    return dated(row, formats.percent(row["value"], row["base"], lang), lang, aside=aside)


def stand(row: Row | None, lang: str) -> str:
    """``stand 2025 K2`` where a number is repeated, else an empty text."""
    return formats.stand(row["as_of"], lang) if row is not None and repeated(row) else ""


def dated(row: Row | None, value: str, lang: str, *, aside: bool = False) -> str:
    """A written value, with its date where the number is repeated."""
    date = stand(row, lang)
    if not date:
        return value
    return f"{value}, {date}" if aside else f"{value} ({date})"


def hidden(row: Row | None, lang: str) -> str:
    """Why there is no number: hidden, or not in this publication."""
    _ = translator(lang)
    return _("niet gepubliceerd") if row is None else status_word(row["status"], lang)


def status_word(status: str, lang: str) -> str:
    """A status as the reader sees it, the same everywhere."""
    _ = translator(lang)
    match status:
        case "published":
            return _("getoond")
        case "suppressed":
            return _("onderdrukt")
        case "not_refreshed":
            return _("niet ververst")
        case "not_reached":
            return _("niet bereikt")
        case _:
            return _("niet gemeten")


def headline_overview(  # noqa: PLR0917  (three figures and their names)
    low: Row | None,
    high: Row | None,
    gap: Row | None,
    low_label: str,
    high_label: str,
    lang: str,
) -> str:
    """The title of Overzicht: the share in the high scales against that in the low ones."""
    _ = translator(lang)
    if low is None or high is None or not (published(low) and published(high)):
        return _one_sided(((low_label, low), (high_label, high)), lang)
    values = {"high": high_label, "low": low_label, "value": share(high, lang)}
    if not of_one_date(low, high):
        pattern = _("{high} is het aandeel {value}; {low} is het {other}")
        return capital(pattern.format(**values, other=share(low, lang)))
    apart = _gap_apart(low, high, gap)
    if apart is None:
        same = high["value"] == low["value"]
        pattern = (
            _("{high} is het aandeel {value}: geen verschil te zien met {low}")
            if same
            else _(
                "{high} is het aandeel {value}; het verschil met {low} ({other}) kan toeval zijn"
            )
        )
        return capital(pattern.format(**values, other=share(low, lang, aside=True)))
    size = formats.points(apart, _smaller_base(low, high), lang, sign=False)
    pattern = (
        _("{high} is het aandeel {value}: {size} lager dan {low}")
        if apart < 0
        else _("{high} is het aandeel {value}: {size} hoger dan {low}")
    )
    return capital(pattern.format(**values, size=size))


def _gap_apart(low: Row, high: Row, gap: Row | None) -> float | None:
    """The gap in percent points where it is more than chance, else None."""
    if gap is not None and published(gap):
        return float(gap["value"]) if excludes(gap, 0) else None
    between = difference(high, low)
    return between.difference if between is not None and between.more_than_chance else None


def _smaller_base(a: Row, b: Row) -> float:
    return float(min(a["base"] or 0, b["base"] or 0))


def _one_sided(labelled: Labelled, lang: str) -> str:
    _ = translator(lang)
    shown = [(label, row) for label, row in labelled if row is not None and published(row)]
    hidden_ones = [(label, row) for label, row in labelled if not published(row)]
    if not shown:
        return _("Het aandeel is hier {status}").format(status=hidden(labelled[0][1], lang))
    (label, row), (other, gone) = shown[0], hidden_ones[0]
    pattern = _("{label} is het aandeel {value}; {other} is het {status}")
    return capital(
        pattern.format(label=label, value=share(row, lang), other=other, status=hidden(gone, lang))
    )


def title_trend(first: Row | None, last: Row | None, lang: str) -> str:
    """How the gap between low and high scales moved between the first and the last date."""
    _ = translator(lang)
    if first is None or last is None or not (published(first) and published(last)):
        return _("Het aandeel in lage en hoge schalen door de tijd")
    values = {
        "first": formats.period(first["period"], lang, stock=True),
        "last": formats.period(last["period"], lang, stock=True),
        "before": _gap_size(first, lang),
        "old": formats.number(abs(first["value"]), lang, formats.decimals_for(first["base"])),
        "now": _gap_size(last, lang),
    }
    if repeated(first) or repeated(last):
        words = _("Het verschil tussen lage en hoge schalen is {now}")
        return words.format(now=dated(last, _gap_size(last, lang), lang))
    if not excludes(first, 0) and not excludes(last, 0):
        pattern = _(
            "noch {first}, noch {last} is een verschil tussen lage en hoge schalen aangetoond"
        )
        return capital(pattern.format(**values))
    return _gap_pattern(first, last, lang).format(**values)


def _gap_pattern(first: Row, last: Row, lang: str) -> str:
    _ = translator(lang)
    moved = change(last, first, unit="points")
    if moved is None or not moved.more_than_chance:
        return _(
            "Het verschil tussen lage en hoge schalen is {now}; {first} was het {before}, "
            "de verandering kan toeval zijn"
        )
    if first["value"] * last["value"] < 0:
        return _("Het verschil tussen lage en hoge schalen is sinds {first} omgeslagen: nu {now}")
    if abs(last["value"]) > abs(first["value"]):
        return _(
            "Het verschil tussen lage en hoge schalen is sinds {first} gegroeid "
            "van {old} naar {now}"
        )
    return _(
        "Het verschil tussen lage en hoge schalen is sinds {first} gekrompen van {old} naar {now}"
    )


def _gap_size(row: Row, lang: str) -> str:
    return formats.points(row["value"], row["base"], lang, sign=False)


def title_series(first: Row | None, last: Row | None, subject: str, lang: str) -> str:
    """How one share or rate moved; ``subject`` is a noun phrase in ``lang`` ("het aandeel")."""
    _ = translator(lang)
    if last is None or not published(last):
        return capital(
            _("{subject} is {status}").format(subject=subject, status=hidden(last, lang))
        )
    values = {
        "subject": subject,
        "now": share(last, lang),
        "last": formats.period(last["period"], lang),
    }
    moved = change(last, first)
    if first is None or moved is None or first["period"] == last["period"]:
        return capital(_("{subject} was {now} ({last})").format(**values))
    values |= {"before": share(first, lang), "first": formats.period(first["period"], lang)}
    if not moved.more_than_chance:
        pattern = _(
            "{subject} was {before} ({first}) en {now} ({last}); de verandering kan toeval zijn"
        )
    elif moved.difference > 0:
        pattern = _("{subject} steeg van {before} ({first}) naar {now} ({last})")
    else:
        pattern = _("{subject} daalde van {before} ({first}) naar {now} ({last})")
    return capital(pattern.format(**values))


def title_chain(steps: Sequence[Step], lang: str) -> str:
    """In which step the group is lost, against its share in the low scales.

    Args:
        steps: (key, label, share) with keys inflow, stock_low, promotion, crossing, stock_high
            and exit; every share is the group's part of that flow or stock.
        lang: language.
    """
    _ = translator(lang)
    rows = {key: row for key, _label, row in steps}
    reference = rows.get("stock_low")
    if not published(reference):
        return _("Het aandeel in elke stap")
    apart = {key: difference(rows.get(key), reference) for key in STEP_PLACE}
    sure = {key: d.difference for key, d in apart.items() if d is not None and d.more_than_chance}
    behind = [key for key in STEP_PLACE if key != "exit" and sure.get(key, 0) < 0]
    ahead = [key for key in STEP_PLACE if key != "exit" and sure.get(key, 0) > 0]
    parts = _chain_parts(behind, ahead, sure.get("exit", 0.0), lang)
    if not parts:
        if all(d is None for d in apart.values()):
            return _("Het aandeel in elke stap")
        return _("In geen stap is een verschil met de bezetting aangetoond: het kan toeval zijn")
    return capital("; ".join(parts))


def _chain_parts(
    behind: Sequence[str], ahead: Sequence[str], leaving: float, lang: str
) -> list[str]:
    _ = translator(lang)
    places = {key: _(place) for key, place in STEP_PLACE.items()}
    parts = []
    if behind:
        at = enumerate_words([places[key] for key in behind], lang)
        pattern = (
            _("het aandeel blijft achter bij {at}, niet bij de instroom")
            if "inflow" in ahead
            else _("het aandeel blijft achter bij {at}")
        )
        parts.append(pattern.format(at=at))
    higher = [places[key] for key in ahead if not (behind and key == "inflow")]
    if higher:
        at = enumerate_words(higher, lang)
        parts.append(_("het aandeel is hoger bij {at}").format(at=at))
    if leaving > 0:
        parts.append(_("onder vertrekkers is het hoger dan in de bezetting"))
    elif leaving < 0:
        parts.append(_("onder vertrekkers is het lager dan in de bezetting"))
    return parts


def enumerate_words(words: Sequence[str], lang: str) -> str:
    """``a, b en c``."""
    _ = translator(lang)
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " " + _("en") + " " + words[-1]


def title_inflow(
    inflow: Row | None, stock: Row | None, lang: str, *, sure: bool | None = None
) -> str:
    """The group's share of the inflow against its share of the stock.

    ``sure``: whether it is more than chance, where that was judged elsewhere.
    """
    _ = translator(lang)
    if inflow is None or not published(inflow):
        return _("Het aandeel in de instroom is {status}").format(status=hidden(inflow, lang))
    between = difference(inflow, stock)
    value = share(inflow, lang)
    if stock is None or between is None:
        return _("Het aandeel in de instroom is {value}").format(value=value)
    if not (between.more_than_chance if sure is None else sure):
        pattern = _(
            "Het aandeel in de instroom is {value}; het verschil met de bezetting ({stock}) "
            "kan toeval zijn"
        )
    elif between.difference > 0:
        pattern = _("Het aandeel in de instroom is {value}: hoger dan in de bezetting ({stock})")
    else:
        pattern = _("Het aandeel in de instroom is {value}: lager dan in de bezetting ({stock})")
    return pattern.format(value=value, stock=share(stock, lang, aside=True))


def title_parity(row: Row | None, lang: str, *, sure: bool | None = None) -> str:
    """A rate of the group against that of the others (promotion, crossing or exit parity).

    ``sure``: whether it is more than chance, where that was judged elsewhere.
    """
    _ = translator(lang)
    subject = _parity_subject(row, lang)
    if row is None or not published(row):
        pattern = _("{subject}, vergeleken met anderen, is {status}")
        return capital(pattern.format(subject=subject, status=hidden(row, lang)))
    value = formats.number(row["value"], lang, 2)
    if not (excludes(row, 1) if sure is None else sure):
        pattern = _("{subject} is {value} keer die van anderen; het verschil kan toeval zijn")
        return capital(pattern.format(subject=subject, value=value))
    if row["metric"] == "crossing_parity" and ABOUT_HALF[0] <= row["value"] <= ABOUT_HALF[1]:
        return _("De stap naar de hoge schalen wordt ongeveer half zo vaak gezet als door anderen")
    pattern = (
        _("{subject} is groter: {value} keer die van anderen")
        if row["value"] > 1
        else _("{subject} is kleiner: {value} keer die van anderen")
    )
    return capital(pattern.format(subject=subject, value=value))


def _parity_subject(row: Row | None, lang: str) -> str:
    _ = translator(lang)
    subject = PARITY_SUBJECT.get(row["metric"]) if row is not None else None
    return _(subject) if subject else _("de kans")


def title_bands(labelled: Labelled, lang: str) -> str:
    """The share in the lowest against that in the highest band that is shown."""
    _ = translator(lang)
    shown = [(label, row) for label, row in labelled if row is not None and published(row)]
    if not shown:
        first = labelled[0][1] if labelled else None
        return _("Het aandeel per schaalgroep is {status}").format(status=hidden(first, lang))
    (low_label, low), (high_label, high) = shown[0], shown[-1]
    values = {"low": low_label, "a": share(low, lang), "high": high_label, "b": share(high, lang)}
    between = difference(high, low)
    if len(shown) == 1 or between is None:
        return _("Het aandeel is {a} in {low}").format(**values)
    if not between.more_than_chance:
        pattern = _("Het aandeel is {a} in {low} en {b} in {high}; het verschil kan toeval zijn")
    elif between.difference < 0:
        pattern = _(
            "Hoe hoger de schaal, hoe kleiner het aandeel: van {a} in {low} naar {b} in {high}"
        )
        if not _one_way(shown, -1):
            pattern = _("Het aandeel is {b} in {high}, lager dan de {a} in {low}")
    else:
        pattern = _("Het aandeel is {b} in {high}, hoger dan de {a} in {low}")
    return pattern.format(**values)


def _one_way(shown: Labelled, sign: int) -> bool:
    """Whether every step goes the same way and each is more than chance."""
    rows = [row for _label, row in shown]
    steps = [difference(b, a) for a, b in pairwise(rows)]
    return all(s is not None and s.more_than_chance and s.difference * sign > 0 for s in steps)


def title_units(labelled: Labelled, whole: Row | None, lang: str) -> str:
    """Which unit stands out from the whole; as many comparisons ask for as much more certainty."""
    _ = translator(lang)
    if whole is None or not published(whole):
        return _("Het aandeel per onderdeel")
    shown = [(label, row) for label, row in labelled if row is not None and published(row)]
    if not shown:
        gone = next((row for _label, row in labelled if row is not None), None)
        return _("Het aandeel per onderdeel is {status}").format(status=hidden(gone, lang))
    shown = [(label, row) for label, row in shown if of_one_date(row, whole)]
    if not shown:
        return _("Het aandeel per onderdeel")
    apart = [
        (between.difference, label, row)
        for label, row in shown
        if (between := difference(row, whole, comparisons=len(shown))) and between.more_than_chance
    ]
    value = share(whole, lang)
    if not apart:
        pattern = _("Geen onderdeel wijkt aantoonbaar af van het geheel ({value})")
        return pattern.format(value=share(whole, lang, aside=True))
    size, label, row = min(apart, key=lambda item: item[:2])
    if size < 0:
        pattern = _("{unit} blijft het verst achter: {own} tegen {value} in het geheel")
    else:
        size, label, row = max(apart, key=lambda item: item[:2])
        pattern = _("{unit} ligt het verst boven het geheel: {own} tegen {value}")
    return pattern.format(unit=label, own=share(row, lang), value=value)


RATE_PATTERN = {
    "inflow_rate": N_("Van elke 100 stroomden er {yes} in; bij anderen {no}"),
    "exit_rate": N_("Van elke 100 vertrokken er {yes}; van de anderen {no}"),
    "promotion_rate": N_("Van elke 100 kregen er {yes} promotie; van de anderen {no}"),
    "crossing_rate": N_("Van elke 100 stapten er {yes} naar de hoge schalen; van de anderen {no}"),
}


def title_rates(yes: Row | None, no: Row | None, lang: str) -> str:
    """The rate of the group beside that of the others, with what chance could do."""
    _ = translator(lang)
    if yes is None or no is None or not (published(yes) and published(no)):
        if published(yes):
            return _("De kans van anderen is {status}").format(status=hidden(no, lang))
        both = _("De kans van de groep en van anderen is {status}")
        pattern = _("De kans van de groep is {status}") if published(no) else both
        return pattern.format(status=hidden(yes, lang))
    pattern = RATE_PATTERN.get(yes["metric"], N_("De kans is {yes} van de 100; bij anderen {no}"))
    text = _(pattern).format(
        **{
            name: formats.number(row["value"], lang, formats.decimals_for(row["base"]))
            for name, row in (("yes", yes), ("no", no))
        }
    )
    return f"{text} ({chance_words(difference(yes, no), lang)})"


def chance_words(moved: Change | None, lang: str) -> str:
    """What chance could do: "meer dan toeval", "kan toeval zijn", "niet vergelijkbaar"."""
    _ = translator(lang)
    if moved is None:
        return _("niet vergelijkbaar")
    return _("meer dan toeval") if moved.more_than_chance else _("kan toeval zijn")


def change_words(
    moved: Change | None, base: float | None, lang: str, *, unit: str = "percent"
) -> str:
    """A change with its sign and what chance could do: ``+0,6 punt, meer dan toeval``."""
    if moved is None:
        return chance_words(None, lang)
    if unit == "ratio":
        sign = "+" if moved.difference > 0 else formats.MINUS if moved.difference < 0 else "±"
        size = sign + formats.ratio(abs(moved.difference), lang)
    elif unit in {"percent", "points"}:
        size = formats.points(round(moved.difference, 1), base, lang)
    else:
        size = formats.signed(moved.difference, lang, formats.decimals_of(unit, base))
    return f"{size}, {chance_words(moved, lang)}"
