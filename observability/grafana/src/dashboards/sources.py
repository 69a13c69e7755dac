"""The three data sources, each behind a variable so that a dashboard fits any Grafana."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable
from grafana_foundation_sdk.models.dashboard import DataSourceRef

PROMETHEUS = DataSourceRef("prometheus", "${prometheus}")
JAEGER = DataSourceRef("jaeger", "${jaeger}")
VICTORIALOGS = DataSourceRef("victoriametrics-logs-datasource", "${victorialogs}")


def variables() -> list[DatasourceVariable]:
    """Make one variable for each source, named as the references above expect."""
    return [
        _variable("prometheus", "Metrics", PROMETHEUS),
        _variable("jaeger", "Traces", JAEGER),
        _variable("victorialogs", "Logs", VICTORIALOGS),
    ]


def _variable(name: str, label: str, source: DataSourceRef) -> DatasourceVariable:
    return DatasourceVariable(name).label(label).type(str(source.type_val))
