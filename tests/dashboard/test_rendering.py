"""From components to the document: HTML that says what the tree says."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import brotli
import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from dashboard.app import create_app
from dashboard.document import PLOTLY
from dashboard.markup import markup
from dashboard.settings import ASSETS, Settings
from tests.asked import value_asked, view_asked
from tests.factories import make_publication


class Read(HTMLParser):
    """What a browser reads: the elements with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    read = Read(markup(html.P([text, html.A("x", title=text, **{"data-figure": text})])))
    assert read.text == text + "x"
    assert [tag for tag, _ in read.elements] == ["p", "a"]
    assert read.elements[1][1] == {"title": text, "data-figure": text}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (html.Details("a", open=True), "<details open>a</details>"),
        (html.Details("a", open=False), "<details>a</details>"),
        (html.Label("a", htmlFor="b"), '<label for="b">a</label>'),
        (html.Div([1, None, ["b"]], className="c"), '<div class="c">1b</div>'),
        (html.Br(), "<br>"),
        (html.Img(src="x"), '<img src="x">'),
        (dcc.Link("a", href="/b?c=d&e=f"), '<a href="/b?c=d&amp;e=f" data-page>a</a>'),
        (
            dbc.NavLink("a", href="/", active=True),
            '<a href="/" data-page class="nav-link active" aria-current="page">a</a>',
        ),
        (
            dbc.Select(id="s", options=[{"value": "1", "label": "<1>"}, {"value": "2", "label": "2"}], value="2"),
            '<select id="s" class="form-select"><option value="1">&lt;1&gt;</option>'
            '<option value="2" selected>2</option></select>',
        ),
    ],
)  # fmt: skip
def test_each_kind_of_element(node: object, expected: str) -> None:
    assert markup(node) == expected


def test_a_component_without_known_html_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dash_core_components\.Markdown"):
        markup(dcc.Markdown("a"))
    with pytest.raises(ValueError, match="not the name of an attribute"):
        markup(html.Div(**{"data-x onload=": "alert(1)"}))


# --- the document ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    home = tmp_path_factory.mktemp("home")
    make_publication(home / "published")
    return create_app(Settings(home=home)).server.test_client()


def test_the_document_holds_the_view_that_a_choice_would_bring(client) -> None:  # type: ignore[no-untyped-def]
    for path in ("/", "/doorstroom", "/toegankelijkheid", "/nergens"):
        document = client.get(f"{path}?lang=en&attribute=gender").get_data(as_text=True)
        answer = view_asked(client, path, "?lang=en&attribute=gender").get_json()
        assert answer["response"]["view"]["answer"]["html"] in document
        assert '<html lang="en">' in document


def test_help_stands_beside_the_view_in_its_language_and_is_no_part_of_a_choice(client) -> None:  # type: ignore[no-untyped-def]
    for lang, title in (("nl", "Hulp"), ("en", "Help")):
        document = client.get(f"/?lang={lang}").get_data(as_text=True)
        panel = document[document.index("<dialog") :]
        assert panel.index("help-title") < panel.index(f">{title}</h2>")
    assert "help-title" not in view_asked(client, "/", "").get_data(as_text=True)


def test_a_small_screen_is_expected_where_the_browser_says_so(client) -> None:  # type: ignore[no-untyped-def]
    phone = client.get("/", headers={"User-Agent": "Mozilla/5.0 (Linux; Android) Mobile"})
    assert '<div id="view" data-device="110">' in phone.get_data(as_text=True)
    assert '<div id="view" data-device="000">' in client.get("/").get_data(as_text=True)


def test_the_document_runs_no_script_of_its_own_and_only_those_that_it_needs(client) -> None:  # type: ignore[no-untyped-def]
    read = Read(client.get("/").get_data(as_text=True))
    scripts = [attributes for tag, attributes in read.elements if tag == "script"]
    sources = [script["src"] or "" for script in scripts if "src" in script]
    assert [script for script in scripts if "src" not in script] == [
        {"id": "_dash-config", "type": "application/json"}
    ]
    assert "/assets/plotly" in sources[0]
    assert not any(name in source for source in sources for name in ("dcc", "polyfill", "table"))
    assert all(client.get(source).status_code == 200 for source in sources)
    assert not [a for _tag, a in read.elements if any(name.startswith("on") for name in a)]


@pytest.mark.parametrize(
    "asked", [None, [], {"path": 1, "search": "", "device": {}}, {"path": "/", "search": ""}]
)
def test_a_question_that_no_page_sends_is_refused(client, asked: object) -> None:  # type: ignore[no-untyped-def]
    answer = value_asked(client, asked)
    assert answer.status_code == 400


def test_the_largest_script_is_compressed_beforehand(client) -> None:  # type: ignore[no-untyped-def]
    plain = (ASSETS / PLOTLY).read_bytes()
    assert brotli.decompress((ASSETS / f"{PLOTLY}.br").read_bytes()) == plain
    small = client.get(f"/assets/{PLOTLY}?m=1", headers={"Accept-Encoding": "gzip, br"})
    assert (small.headers["Content-Encoding"], small.mimetype) == ("br", "text/javascript")
    assert brotli.decompress(small.data) == plain
    assert "immutable" in small.headers["Cache-Control"]
    assert client.get(f"/assets/{PLOTLY}").data == plain


def test_the_answer_is_json_with_one_text(client) -> None:  # type: ignore[no-untyped-def]
    answer = view_asked(client, "/", "")
    assert list(json.loads(answer.data)["response"]["view"]["answer"]) == ["html"]
