"""Six figures and a choice of unit in Vizro. Run by ``tests/benchmarks/test_peers.py``."""

import json
import os
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import vizro.models as vm
from vizro import Vizro
from vizro.models.types import capture

MADE = json.loads(Path(os.environ["FIGURES"]).read_text(encoding="utf-8"))
UNITS = list(MADE)
EMPTY = pd.DataFrame({"none": []})


@capture("graph")
def drawn(data_frame: pd.DataFrame, unit: str, place: int) -> go.Figure:
    return go.Figure(MADE[unit][place])


GRAPHS = [
    vm.Graph(id=f"figure-{place}", figure=drawn(EMPTY, unit=UNITS[0], place=place))
    for place in range(6)
]
PAGE = vm.Page(
    title="Uitstroom",
    components=GRAPHS,
    controls=[
        vm.Parameter(
            targets=[f"figure-{place}.unit" for place in range(6)],
            selector=vm.Dropdown(options=UNITS, value=UNITS[0], multi=False, title="Onderdeel"),
        )
    ],
)
server = Vizro().build(vm.Dashboard(pages=[PAGE])).dash.server
