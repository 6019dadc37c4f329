"""Six figures and a choice of attribute in Streamlit. Run by ``tests/benchmarks/test_peers.py``."""

import json
import os
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

st.set_page_config(layout="wide")


@st.cache_data
def figures() -> dict[str, list[dict]]:
    return json.loads(Path(os.environ["FIGURES"]).read_text(encoding="utf-8"))


made = figures()
kind = st.selectbox("Kenmerk", list(made))
st.title(f"Uitstroom: {kind}")
for place, figure in enumerate(made[kind]):
    st.plotly_chart(go.Figure(figure), key=f"figure-{place}", config={"displayModeBar": False})
