"""What a panel asks: of Prometheus, of Jaeger or of VictoriaLogs."""

from __future__ import annotations

from dataclasses import dataclass, field

from grafana_foundation_sdk.builders.prometheus import Dataquery as PrometheusQuery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

from dashboards.sources import JAEGER, PROMETHEUS, VICTORIALOGS

FAILED_REQUESTS = (
    '"service.name":="$service" event_name:="http.request" "http.response.status_code":>=500'
)


@dataclass(frozen=True)
class Metric:
    """A PromQL expression; `legend` may hold `{{label}}`."""

    expr: str
    legend: str = ""
    exemplars: bool = False


@dataclass(frozen=True)
class JsonQuery(Dataquery, Builder[Dataquery]):
    """A query of a data source that the kit has no builder for: its JSON as it is."""

    payload: dict[str, object] = field(default_factory=dict)

    def build(self) -> Dataquery:
        """Return itself; it can't change."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the query as Grafana's plug-in reads it."""
        return self.payload


def series(metric: Metric, ref: str) -> PrometheusQuery:
    """Ask for values over the time range."""
    return _prometheus(metric, ref).range().exemplar(metric.exemplars)


def latest(metric: Metric, ref: str) -> PrometheusQuery:
    """Ask for one value, at the end of the time range."""
    return _prometheus(metric, ref).instant()


def rows(metric: Metric, ref: str) -> PrometheusQuery:
    """Ask for one value, with each label as a column."""
    return latest(metric, ref).format(PromQueryFormat.TABLE)


def buckets(metric: Metric, ref: str) -> PrometheusQuery:
    """Ask for a histogram's buckets over the time range."""
    return series(metric, ref).format(PromQueryFormat.HEATMAP)


def logs(expr: str) -> JsonQuery:
    """Ask VictoriaLogs for log lines, by LogsQL."""
    return JsonQuery(
        {
            "refId": "A",
            "datasource": VICTORIALOGS,
            "editorMode": "code",
            "queryType": "instant",
            "expr": expr,
            "maxLines": 100,
        }
    )


def traces(service: str, *, tags: str = "", min_duration: str = "", limit: int = 20) -> JsonQuery:
    """Ask Jaeger for the newest traces of a service; `tags` are in logfmt, as on Jaeger's page."""
    return JsonQuery(
        {
            "refId": "A",
            "datasource": JAEGER,
            "queryType": "search",
            "service": service,
            "tags": tags,
            "minDuration": min_duration,
            "limit": limit,
        }
    )


def _prometheus(metric: Metric, ref: str) -> PrometheusQuery:
    return (
        PrometheusQuery()
        .ref_id(ref)
        .datasource(PROMETHEUS)
        .editor_mode(QueryEditorMode.CODE)
        .expr(metric.expr)
        .legend_format(metric.legend)
    )
