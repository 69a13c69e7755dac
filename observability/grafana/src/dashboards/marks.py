"""Marks that stand on every panel's time axis: what the scaler decided and which alerts fired."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from dashboards.sources import PROMETHEUS

STEP = "5s"


class Marks(AnnotationQuery):
    """An annotation from Prometheus, with the keys that the kit's model leaves out."""

    title: str
    text: str

    def to_json(self) -> dict[str, object]:
        """Return the annotation as Grafana reads it."""
        more = {"titleFormat": self.title, "textFormat": self.text, "step": STEP}
        return super().to_json() | more


@dataclass(frozen=True)
class MarksBuilder(Builder[AnnotationQuery]):
    """Describe marks: one wherever `expr` has a value that is not 0."""

    name: str
    expr: str
    title: str
    text: str
    color: str

    def build(self) -> Marks:
        """Make the annotation."""
        marks = Marks(self.name, PROMETHEUS, icon_color=self.color, expr=self.expr)
        marks.title, marks.text = self.title, self.text
        return marks


def marks() -> list[MarksBuilder]:
    """Make the annotations that every dashboard carries."""
    return [
        _decisions("out", ">", "blue"),
        _decisions("in", "<", "purple"),
        _settings(),
        _alerts(),
    ]


def _decisions(direction: str, sign: str, color: str) -> MarksBuilder:
    desired = "kube_horizontalpodautoscaler_status_desired_replicas"
    return MarksBuilder(
        name=f"Scaled {direction}",
        expr=f"{desired} {sign} {desired} offset {STEP}",
        title=f"{{{{horizontalpodautoscaler}}}} scales {direction}",
        text="The scaler changed how many replicas it wants.",
        color=color,
    )


def _settings() -> MarksBuilder:
    generation = "config_generation"
    return MarksBuilder(
        name="Settings changed",
        expr=f"max by (job) ({generation}) > max by (job) ({generation} offset {STEP})",
        title="{{job}}: settings changed",
        text="A setting changed while the service ran; its log line config.applied says which.",
        color="green",
    )


def _alerts() -> MarksBuilder:
    return MarksBuilder(
        name="Alerts",
        expr='ALERTS{alertstate="firing"}',
        title="{{alertname}} {{job}}",
        text="Fires while this region lasts. Its runbook says what to look at.",
        color="red",
    )
