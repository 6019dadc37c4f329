"""What is hidden is explained where it stands, without saying why it is."""

from __future__ import annotations

import pytest

from dashboard import text
from dashboard.chart_trend import trend
from dashboard.charts import Line, Point, Style, read_themes
from dashboard.components import Download, tools
from dashboard.filters import Filters
from dashboard.mart import Mart
from dashboard.settings import ASSETS
from dashboard.view import View
from tests.dashboard.rows import cell
from tests.dashboard.trees import kinds, text_of

STYLE = Style(read_themes(ASSETS / "tokens.css")["light"])


@pytest.mark.parametrize(
    ("unit", "said"), [("SG2", ["Meer vormen", "Wat is onderdrukt?"]), ("MIN", ["Meer vormen"])]
)
def test_a_block_explains_what_it_hides(mart: Mart, unit: str, said: list[str]) -> None:
    view = View(mart, Filters.from_query("", mart), STYLE)
    download = Download(["share"], [unit], ["2025Q4"], ["all"], ["yes"])
    under = tools(view, download=download)
    assert [text_of(each) for each in kinds(under, "Summary")] == said
    if unit == "SG2":
        words = text_of(under)
        assert "geen nul" in words
        assert "wordt per cijfer niet gezegd" in words


@pytest.mark.parametrize("hidden", [[4], [0], [3, 4], [0, 1, 2, 3, 4], [2]])
@pytest.mark.parametrize("count", [5])
def test_the_words_of_a_hidden_strip_lie_inside_the_figure(hidden: list[int], count: int) -> None:
    points = [
        Point(None, text="onderdrukt") if at in hidden else Point(10.0, 9, 11, "10%")
        for at in range(count)
    ]
    drawing = trend(
        [str(2021 + at) for at in range(count)], [Line("Anderen", "others", points)], STYLE
    )
    low, high = drawing["layout"]["xaxis"]["range"]
    (note,) = (
        each for each in drawing["layout"]["annotations"] if each["text"] == "Anderen: onderdrukt"
    )
    assert low <= note["x"] <= high
    assert note["x"] <= hidden[0] or note["xanchor"] == "left"


def test_a_title_names_who_is_hidden() -> None:
    shown, gone = cell("exit_rate", 6.0), cell("exit_rate", None)
    assert text.title_rates(shown, gone, "nl") == "De kans van anderen is onderdrukt"
    assert text.title_rates(gone, shown, "nl") == "De kans van de groep is onderdrukt"
    assert text.title_rates(gone, gone, "nl") == "De kans van de groep en van anderen is onderdrukt"
