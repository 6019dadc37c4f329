"""What columns, codes and metrics mean, beside every export (Frictionless data package)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import polars as pl

from dashboard.i18n import N_, Translate, language, translator
from dashboard.mart import Mart

COLUMNS = {
    "metric": N_("code van het kengetal; zie de lijst van kengetallen"),
    "metric_label": N_("naam van het kengetal"),
    "period": N_("periode: 2025Q4 (kwartaal), 2025 (jaar) of 2021-2025 (blok)"),
    "reference_date": N_("laatste dag van de periode"),
    "period_kind": N_("soort periode: quarter, year of block"),
    "unit": N_("code van het organisatieonderdeel"),
    "unit_label": N_("naam van het organisatieonderdeel"),
    "unit_level": N_("niveau in de organisatie, 1 is het geheel"),
    "scale_group": N_("schaalgroep, of het zoveelste jaar in een schaal; all is alle schalen"),
    "scale_group_label": N_("naam van de schaalgroep"),
    "attribute": N_("kenmerk waarnaar is uitgesplitst; leeg is iedereen"),
    "category": N_("categorie van het kenmerk; leeg is iedereen"),
    "category_label": N_("naam van de categorie"),
    "attribute2": N_("tweede kenmerk bij een kruising"),
    "category2": N_("categorie van het tweede kenmerk"),
    "category2_label": N_("naam van de tweede categorie"),
    "value": N_("de gepubliceerde waarde; leeg als status niet published is"),
    "status": N_(
        "published: getoond; suppressed: onderdrukt; not_measured: niet gemeten; "
        "not_refreshed: niet ververst; not_reached: niet bereikt"
    ),
    "value_unit": N_(
        "eenheid: persons, fte, percent, whole_percent, points, points_per_year, ratio, "
        "probability, score, years, year of index"
    ),
    "lower": N_("ondergrens van het 95%-interval"),
    "upper": N_("bovengrens van het 95%-interval"),
    "base": N_("het aantal waarover de waarde gaat"),
    "as_of": N_("de periode die de rij beschrijft; eerder dan period als een getal is herhaald"),
    "publication": N_("naam van de publicatie"),
}
NO_AUDIT = N_("Met deze publicatie reist geen aanvalstoets mee; audit.json ontbreekt daarom.")
AUDITED = N_("De uitkomst van de aanvalstoets op deze publicatie staat in audit.json.")
ROUNDING = N_(
    "Aantallen zijn een voor een afgerond op {base}; delen tellen daardoor niet altijd op."
)
TYPES = {pl.Float64: "number", pl.Int64: "integer", pl.Date: "date", pl.String: "string"}


def fields(schema: Mapping[str, pl.DataType], _: Translate) -> list[dict[str, str]]:
    """Columns with their type and, where they have one, their meaning."""
    listed = []
    for name, dtype in schema.items():
        field = {"name": name, "type": TYPES.get(dtype.base_type(), "string")}
        if name in COLUMNS:
            field["description"] = _(COLUMNS[name])
        listed.append(field)
    return listed


def _metrics(mart: Mart, names: Sequence[str]) -> pl.DataFrame:
    return mart.metrics().filter(pl.col("metric").is_in(names))


def package(
    mart: Mart, metrics: Sequence[str], schema: Mapping[str, pl.DataType], lang: str
) -> dict[str, object]:
    """What goes with one export: publication, definitions, columns and status codes."""
    lang = language(lang)
    _ = translator(lang)
    meta = mart.meta()
    return {
        "name": f"afspiegeling-{meta['publication']}",
        "title": meta[f"organisation_{lang}"],
        "publication": meta["publication"],
        "created": meta["created"],
        "synthetic": meta["synthetic"] == "true",
        "last_period": meta["last_period"],
        "note": _(ROUNDING).format(base=meta["rounding_base"]),
        "metrics": [
            {
                "metric": row["metric"],
                "label": row[f"label_{lang}"],
                "definition": row[f"definition_{lang}"],
                "unit": row["unit"],
            }
            for row in _metrics(mart, metrics).iter_rows(named=True)
        ],
        "fields": fields(schema, _),
    }


def sheet(
    mart: Mart, metrics: Sequence[str], schema: Mapping[str, pl.DataType], lang: str
) -> pl.DataFrame:
    """The same as a table of two columns, for a spreadsheet."""
    lang = language(lang)
    _ = translator(lang)
    meta = mart.meta()
    rows = [
        (_("organisatie"), meta[f"organisation_{lang}"]),
        (_("publicatie"), f"{meta['publication']} ({meta['created'][:10]})"),
        (_("afronding"), _(ROUNDING).format(base=meta["rounding_base"])),
    ]
    if meta["synthetic"] == "true":
        rows.append((_("synthetisch"), _("verzonnen gegevens, geen bestaande organisatie")))
    for row in _metrics(mart, metrics).iter_rows(named=True):
        rows.append((row["metric"], f"{row[f'label_{lang}']}: {row[f'definition_{lang}']}"))
    rows += [(name, _(COLUMNS[name])) for name in schema if name in COLUMNS]
    names = (_("onderwerp"), _("betekenis"))
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def resource(name: str, content: bytes, table: pl.DataFrame | None) -> dict[str, object]:
    """One file of a data package."""
    form = name.rpartition(".")[2]
    listed: dict[str, object] = {
        "name": name.replace(".", "-"),
        "path": name,
        "format": form,
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
    }
    if table is not None:
        listed["schema"] = {"fields": fields(table.schema, translator("en")), "missingValues": [""]}
    if form == "csv":
        listed |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\r\n"}}
    return listed


def _approval(mart: Mart) -> dict[str, str] | None:
    """The role that approved a publication and the day; None where nobody was asked, or did yet."""
    given = mart.approval()
    return {"role": given.role, "date": given.day.isoformat()} if given.day else None


def whole(
    mart: Mart, resources: Sequence[Mapping[str, object]], *, audited: bool
) -> dict[str, object]:
    """``datapackage.json`` of the whole publication, with the policy in force."""
    meta = mart.meta()
    return {
        "profile": "tabular-data-package",
        "name": f"afspiegeling-{meta['publication']}",
        "title": f"{meta['organisation_nl']} / {meta['organisation_en']}",
        "version": meta["publication"],
        "created": meta["created"],
        "approval": _approval(mart),
        "synthetic": meta["synthetic"] == "true",
        "first_period": meta["first_period"],
        "last_period": meta["last_period"],
        "calendar": meta["calendar"],
        "root": meta["root"],
        "default_attribute": meta["default_attribute"],
        "levels": {"nl": json.loads(meta["levels_nl"]), "en": json.loads(meta["levels_en"])},
        "note": {
            lang: translator(lang)(ROUNDING).format(base=meta["rounding_base"])
            for lang in ("nl", "en")
        },
        "status": {
            "published": "the value is given",
            "suppressed": "not shown, to protect persons; never zero",
            "not_measured": "the source does not hold it",
            "not_refreshed": "its counts do not all belong to the dates that it is about",
            "not_reached": "its counts are shown and do not reach it, such as half of a group",
        },
        "policy": json.loads(meta["policy"]),
        "plan": mart.plan().to_dicts(),
        "audit": {
            "made": audited,
            **{lang: translator(lang)(AUDITED if audited else NO_AUDIT) for lang in ("nl", "en")},
        },
        "withdrawn": mart.withdrawals().to_dicts(),
        "resources": list(resources),
    }
