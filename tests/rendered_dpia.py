"""``docs/dpia.md``: what is declared is filled in from where it is declared, the rest is written here.

In Dutch: it is read and signed by privacy officers and works councils of Dutch organisations, and
follows the sections of the model of the Rijk.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from dashboard.policy import rules
from etl.domain import Reference
from etl.privacy.policy import POLICY_FILE
from etl.schemas import EXTRACTS
from etl.warehouse.ledger import ROWS

PROOF = Path(__file__).resolve().parent.parent / "docs" / "proof"
ABOUT_PERSONS = ("personeel", "mutaties", "exit-uitnodigingen", "exit-antwoorden")
KINDS = {"special": "bijzonder (AVG art. 9)", "personal": "gewoon", "public": "openbaar"}

TEXT = """# Gegevensbeschermingseffectbeoordeling (DPIA)

Opgesteld naar het model van de rijksdienst. Wat tussen haken staat, *[door de organisatie in te vullen]*, hoort bij de invoering
en staat niet in dit product. De tabellen komen uit de verklaringen zelf (`make docs`): zij kunnen niet achterlopen op wat het product doet.

## A. Beschrijving van de verwerking

### 1. Voorstel

Afspiegeling laat per organisatieonderdeel en schaal zien of het personeelsbestand een afspiegeling van de samenleving is, en waar in
de keten van instroom, doorstroom en uitstroom dat verloren gaat. Getoond worden alleen beschermde aantallen en wat daaruit is berekend.
Er worden geen besluiten over personen genomen; niets op een pagina, in een bestand of in een adres gaat over één persoon.

### 2. Persoonsgegevens

Betrokkenen zijn medewerkers en vertrokken medewerkers. Deze velden worden gelezen; andere kolommen worden genegeerd en nergens
bewaard, een kolom met naam, BSN, e-mail of adres weigert het hele bestand.

{fields}

Het personeelsnummer wordt tijdens het lezen een pseudoniem (hash met geheime sleutel) en wordt niet bewaard. De geboortedatum wordt
een leeftijdsklasse. De antwoorden van de exitmonitor staan los van personen: niets verbindt ze met een personeelsnummer.

Zo zijn de kenmerken ingedeeld waarnaar wordt uitgesplitst:

{attributes}

### 3. Gegevensverwerkingen

Inlezen en controleren van bestanden; pseudonimiseren; bewaren in een afgesloten bestand dat alleen de beheerder opent; tellen volgens een
vast plan; beschermen; aanvallen; publiceren van beschermde aantallen; tonen en uitgeven daarvan; vergeten en verwijderen.
Het webproces opent één bestand met beschermde aantallen, alleen om te lezen, en ziet niets van het overige (`deploy/afspiegeling.service`).

### 4. Doeleinden

Bestuur, HR en medezeggenschap inzicht geven in de samenstelling en ontwikkeling van het personeelsbestand, in het licht van streefcijfers.
*[Door de organisatie in te vullen: vaststelling van het doel, en door wie.]*

### 5. Betrokken partijen

*[Verwerkingsverantwoordelijke, verwerkers, functionaris gegevensbescherming, ondernemingsraad, leverancier van HR-gegevens.]*
Het product stuurt niets naar derden; de webpagina laadt alles van de eigen server.

### 6. Belangen

Van de organisatie: weten of beleid werkt. Van medewerkers: gelijke kansen, en dat hun herkomst of antwoord niet bekend wordt bij collega's.

### 7. Verwerkingslocaties

Eén machine van de organisatie, zonder verbinding naar buiten. *[Plaats en beheerder.]*

### 8. Technieken en methoden

Kleine groepen en hun rest worden onderdrukt, andere aantallen met een sleutel afgerond; samenhangende tabellen worden samen beschermd;
een getal over bijna dezelfde mensen wordt herhaald in plaats van opnieuw gemaakt; elke publicatie wordt voor het tonen met alle eerdere
samen aangevallen. Geen profilering, geen geautomatiseerde besluitvorming, geen herleiding van het pseudoniem zonder sleutel.

### 9. Juridisch en beleidsmatig kader

AVG en UAVG (artikelen 22 tot en met 30 over bijzondere gegevens). *[Sectorale regels, cao, streefcijfers, instemming van de ondernemingsraad.]*

### 10. Bewaartermijnen

{retention}

Wat is gepubliceerd blijft: het bevat alleen beschermde aantallen, en elke latere aanval moet het meetellen. `afspiegeling retention` toont wat
over de termijn is en verwijdert het met `--apply`; `deploy/afspiegeling-retention.timer` doet dat maandelijks. Hele jaren gaan weg; de laatste
peildatum vóór het oudste jaar blijft als beginstand. Reservekopieën liggen buiten het bereik van het product: *[termijn en wie ze verwijdert]*.

## B. Rechtmatigheid

### 11. Rechtsgrond

*[Door de organisatie in te vullen: taak van algemeen belang of gerechtvaardigd belang; wettelijke grondslag.]*

### 12. Bijzondere persoonsgegevens

Herkomst is een gegeven waaruit ras of etnische afkomst kan blijken; antwoorden van de exitmonitor kunnen over discriminatie of gezondheid gaan. *[Uitzondering
op het verbod: eigen verklaring met de mogelijkheid om niet te antwoorden, of aandelen van het CBS.]* Het product kent beide wegen
(`origin_source`); met aandelen van het CBS wordt niets uit eigen verklaringen geteld. "Niet bekend" is een categorie die als andere wordt beschermd.

### 13. Doelbinding

HR-gegevens worden verder verwerkt voor statistiek. Het product kan niet tot een persoon terug: niet getoond, niet doorzoekbaar, niet op te
vragen; een tabel die niet in het publicatieplan staat, wordt niet gemaakt.

### 14. Noodzaak en evenredigheid

Alleen velden die een kengetal voeden worden bewaard. Peildatums per kwartaal of jaar, geen dagen. Lagere onderdelen krijgen minder
uitsplitsingen, hoe kleiner hoe minder. Wat de bescherming aan bruikbaarheid kost is gemeten (`docs/proof/utility.json`).

### 15. Rechten van betrokkenen

Bezwaar en vergetelheid: `afspiegeling forget` maakt alle kenmerken van een persoon onbekend en vervangt het pseudoniem, ook bij latere
leveringen en na terugzetten van een kopie; aanwezigheid, onderdeel en schaal blijven, zodat niets openbaars verraadt wanneer. Inzage: bij de bron, want
het product kan een persoon niet opzoeken zonder sleutel en personeelsnummer. Rectificatie: bij de bron, en opnieuw inlezen. Een fout cijfer wordt
ingetrokken (`withdraw`). *[Loket en termijn.]*

## C. Risico's

Uitgangspunt is een lezer die de eigen gegevens kent en die van twee collega's, alle openbare bewegingen, deze tekst, de regels en de
programmacode, en die elke publicatie heeft. Een rol of inlog telt niet als bescherming.

| risico | kans, na maatregelen | gevolg | beoordeling |
|---|---|---|---|
| een collega leidt iemands herkomst af uit cijfers | klein: gemeten, zie D | groot | aanvaardbaar zolang elke publicatie de aanval doorstaat; zonder uitkomst wordt niets getoond |
| iemand met een ledenlijst van een netwerk weet meer dan de aanname | aanwezig | groot | restrisico; genoemd op Verantwoording; *[oordeel van de organisatie]* |
| inbraak op de webserver | klein: die heeft alleen gepubliceerde aantallen | klein | aanvaardbaar |
| inbraak op de machine van de beheerder, of een beheerder die rondkijkt | *[inrichting]* | groot: pseudonieme gegevens van personen | sleutels apart, schijf versleuteld, weinig accounts; *[oordeel]* |
| verlies van sleutels | klein | latere leveringen zijn niet te koppelen | sleutels in een kluis (`docs/runbook.md`) |
| een fout cijfer wordt getoond | klein | verkeerd beeld van een groep | controle op sprongen, twee paar ogen, intrekken |
| stigmatiserend gebruik van een cijfer over een groep | aanwezig | groot | marges en toetsen bij elk cijfer, geen ranglijst zonder zekerheid; *[afspraken over gebruik]* |
| weigeren om herkomst op te geven wordt zichtbaar | klein: dekking wordt beschermd als andere uitsplitsingen | middel | aanvaardbaar |

## D. Maatregelen

### De regels in getallen

Elk getal staat met reden, eigenaar en datum in `etl/privacy/policy.toml` en reist mee met elke publicatie.

{policy}

### Wat de aanval vond

{audit}

Van elke eigen publicatie staat de uitkomst op de pagina Verantwoording en in `audit.json`; `afspiegeling audit` herhaalt de aanval.

### Organisatie en techniek

- Twee paar ogen: met `approval = true` toont het product alleen wat een ander dan de maker heeft goedgekeurd; rol en dag staan op elke pagina.
- Geen logregel met een adres, zoekvraag, nummer of naam; een test zoekt ernaar.
- Sleutels komen uit de omgeving of een bestand met rechten 0600 en staan niet in publicaties, kopieën of logboek; een andere of verloren sleutel wordt gemeld.
- Een kopie wordt onder slot gemaakt, teruggelezen en nagerekend; terugzetten vergeet opnieuw wie sindsdien is vergeten.
- De dienst draait zonder rechten, met een bestandssysteem dat alleen te lezen is, en zonder weg naar buiten (`deploy/`).

## Oordeel

*[Advies van de functionaris gegevensbescherming, standpunt van de ondernemingsraad, besluit en datum, en wanneer deze beoordeling opnieuw wordt gedaan.]*
"""


def dpia_page() -> str:
    """The whole assessment."""
    policy = rules(tomllib.loads(POLICY_FILE.read_text(encoding="utf-8")))
    return TEXT.format(
        fields=_fields(),
        attributes=_table(
            ("kenmerk", "soort gegeven"),
            [(a.label_nl, KINDS[a.sensitivity]) for a in Reference().attributes.values()],
        ),
        retention=_policy([rule for rule in policy if rule.path.startswith("retention.")]),
        policy=_policy([rule for rule in policy if not rule.path.startswith("retention.")]),
        audit=_audit(),
    )


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _fields() -> str:
    rows: list[tuple[object, ...]] = [
        (
            f"`{name}`",
            column.header,
            "ja" if column.sensitive else "",
            _kept(name, column.field),
        )
        for name in ABOUT_PERSONS
        for column in EXTRACTS[name]
    ]
    return _table(("bestand", "veld", "gevoelig", "bewaard"), rows)


KEPT = {
    "person_number": ("person", "als pseudoniem"),
    "birth_date": ("age_band", "als leeftijdsklasse"),
    "respondent": ("respondent", "als merk van een willekeurig nummer"),
    "reference_date": ("ref", "ja"),
    "effective_date": ("effective", "ja"),
    "fte": ("fte_milli", "ja"),
}
"""Field -> the column of the warehouse that holds what is kept of it, and how it is told."""


def _kept(extract: str, field: str) -> str:
    """What is kept of a field: looked up among the columns that the warehouse really has."""
    column, words = KEPT.get(field, (field, "ja"))
    return words if column in ROWS[extract] else "nee, alleen gelezen"


def _policy(found: list[Any]) -> str:
    rows = [(r.words, f"{r.value:g}", r.reason, r.owner, r.since) for r in found]
    return _table(("regel", "getal", "waarom", "eigenaar", "sinds"), rows)


def _proof(name: str) -> dict[str, Any]:
    proof: dict[str, Any] = json.loads((PROOF / name).read_text(encoding="utf-8"))
    return proof


def _audit() -> str:
    deep, worlds, mutants = (
        _proof(name) for name in ("deep-audit.json", "enumerator.json", "mutants.json")
    )
    free, constant = (deep["figures"][f"declarations {word}"] for word in ("free", "constant"))
    quarters = _proof("forty-quarters.json")
    rows: list[tuple[object, ...]] = [
        (
            "voorbeeldorganisatie, volledige omvang: bewijs per verborgen getal van de nieuwste "
            f"{deep['figures']['periods proved']} peildatums",
            f"{free['unsafe'] + constant['unsafe']} onveilig en "
            f"{free['undecided'] + constant['undecided']} onbeslist van {free['targets']}",
            deep["commit"],
        ),
        (
            f"{quarters['figures']['publications']} publicaties na elkaar, samen aangevallen",
            f"{quarters['figures']['audit of all publications together']['unsafe']} onveilig",
            quarters["commit"],
        ),
        (
            f"{worlds['figures']['organisations']} kleine organisaties, alle mogelijke werelden "
            "uitgeschreven",
            f"{worlds['figures']['pinned down']} getallen vastgepind",
            worlds["commit"],
        ),
        (
            "opzettelijk beschadigde regels die door een test worden opgemerkt",
            f"{mutants['figures']['caught']} van {mutants['figures']['mutants']}",
            mutants["commit"],
        ),
    ]
    return _table(("beproefd", "uitkomst", "gemeten bij"), rows)
