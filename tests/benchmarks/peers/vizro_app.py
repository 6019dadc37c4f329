"""Six figures and a choice of attribute in Vizro. Run by ``tests/benchmarks/test_peers.py``."""

import json
import os
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import vizro.models as vm
from vizro import Vizro
from vizro.models.types import capture

MADE = json.loads(Path(os.environ["FIGURES"]).read_text(encoding="utf-8"))
KINDS = list(MADE)
EMPTY = pd.DataFrame({"none": []})


@capture("graph")
def drawn(data_frame: pd.DataFrame, kind: str, place: int) -> go.Figure:
    return go.Figure(MADE[kind][place])


GRAPHS = [
    vm.Graph(id=f"figure-{place}", figure=drawn(EMPTY, kind=KINDS[0], place=place))
    for place in range(6)
]
PAGE = vm.Page(
    title="Uitstroom",
    components=GRAPHS,
    controls=[
        vm.Parameter(
            targets=[f"figure-{place}.kind" for place in range(6)],
            selector=vm.Dropdown(options=KINDS, value=KINDS[0], multi=False, title="Kenmerk"),
        )
    ],
)
server = Vizro().build(vm.Dashboard(pages=[PAGE])).dash.server
