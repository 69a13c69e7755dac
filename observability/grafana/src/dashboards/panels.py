"""Each kind of panel that the dashboards use, dressed the same way.

A panel can't be made without its words: what it shows, how to read it, and what an empty one means.
Widths are in Grafana's 24 columns, heights in its rows of about 30 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    logs,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from dashboards import queries
from dashboards.sources import JAEGER, PROMETHEUS, VICTORIALOGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.queries import JsonQuery, Metric

Panel = timeseries.Panel | stat.Panel | heatmap.Panel | table.Panel | logs.Panel
P = TypeVar("P", timeseries.Panel, stat.Panel, heatmap.Panel, table.Panel, logs.Panel)

Limits = tuple[tuple[float, str], ...]
"""From which value on which colour; below the first the panel is green."""

REQUESTS_PER_SECOND = units.RequestsPerSecond
SECONDS = units.Seconds
SHARE = units.PercentUnit
COUNT = units.Short
BYTES = units.BytesIEC

SERVICE_COLORS = {"laptops": "blue", "port": "orange"}
"""Each service has its colour, the same on every dashboard."""


@dataclass(frozen=True)
class Words:
    """What a panel says in words; `runbook` names the alert that it explains."""

    title: str
    reading: str
    empty: str
    runbook: str = ""


def lines(
    words: Words,
    *metrics: Metric,
    unit: str,
    width: int = 8,
    height: int = 8,
    limits: Limits = (),
    stacked: bool = False,
    steps: bool = False,
    colors: Mapping[str, str] = SERVICE_COLORS,
) -> timeseries.Panel:
    """Draw values over time; limits become dashed lines, `colors` go by the names of the lines.

    `steps` is for whole things such as replicas: there is never half of one.
    """
    panel = (
        _dress(timeseries.Panel(), words, width, height).datasource(PROMETHEUS).unit(unit).min(0)
    )
    for ref, metric in _named(metrics):
        panel.with_target(queries.series(metric, ref))
    panel.legend(_legend()).tooltip(_tooltip()).line_width(1.5).fill_opacity(20 if stacked else 5)
    panel.show_points(shapes.VisibilityMode.AUTO).interval("5s")
    if limits:
        panel.thresholds(_thresholds(limits)).thresholds_style(_dashed())
    if steps:
        panel.line_interpolation(shapes.LineInterpolation.STEP_AFTER)
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    return _colored(panel, colors)


def number(
    words: Words,
    *metrics: Metric,
    unit: str,
    width: int = 4,
    height: int = 5,
    limits: Limits = (),
    base: str = "green",
) -> stat.Panel:
    """Show the latest values in large, coloured by limits; `base` is the colour below the first."""
    panel = _dress(stat.Panel(), words, width, height).datasource(PROMETHEUS).unit(unit)
    for ref, metric in _named(metrics):
        panel.with_target(queries.latest(metric, ref))
    return (
        panel.thresholds(_thresholds(limits, base))
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .text_mode(
            shapes.BigValueTextMode.VALUE_AND_NAME
            if len(metrics) > 1
            else shapes.BigValueTextMode.AUTO
        )
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def distribution(
    words: Words, metric: Metric, *, unit: str, width: int = 12, height: int = 8
) -> heatmap.Panel:
    """Draw a histogram's buckets over time: the darker, the more."""
    return (
        _dress(heatmap.Panel(), words, width, height)
        .datasource(PROMETHEUS)
        .with_target(queries.buckets(metric, "A"))
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .unit(unit)
        .color(
            heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(32)
        )
        .interval("5s")
    )


def rows(
    words: Words,
    metric: Metric,
    *,
    unit: str,
    hidden: tuple[str, ...] = (),
    width: int = 12,
    height: int = 8,
) -> table.Panel:
    """Show the latest value of each series as a row with its labels, without the hidden ones."""
    panel = _dress(table.Panel(), words, width, height).datasource(PROMETHEUS).unit(unit)
    panel.with_target(queries.rows(metric, "A"))
    for name in ("Time", "__name__", *hidden):
        panel.override_by_name(name, [DynamicConfigValue("custom.hidden", True)])
    return panel


def log_lines(words: Words, query: JsonQuery, *, width: int = 24, height: int = 9) -> logs.Panel:
    """Show log lines, newest first; a line opens to its keys and to its trace."""
    return (
        _dress(logs.Panel(), words, width, height)
        .datasource(VICTORIALOGS)
        .with_target(query)
        .unit(COUNT)
        .show_time(True)
        .enable_log_details(True)
        .sort_order(shapes.LogsSortOrder.DESCENDING)
    )


def trace_list(words: Words, query: JsonQuery, *, width: int = 12, height: int = 8) -> table.Panel:
    """List traces; a click on an id opens the trace."""
    return (
        _dress(table.Panel(), words, width, height)
        .datasource(JAEGER)
        .with_target(query)
        .unit(COUNT)
    )


def runbook_link(alert: str) -> dashboard.DashboardLink:
    """Link to an alert's runbook, which is a dashboard of its own."""
    return (
        dashboard.DashboardLink(f"Runbook: {alert}")
        .type(DashboardLinkType.LINK)
        .url(f"/d/{runbook_uid(alert)}")
        .target_blank(True)
    )


def to_runbook() -> DynamicConfigValue:
    """Make a table's cells link to the runbook of the alert that they name."""
    link = {"title": "Open the runbook", "url": f"/d/{runbook_uid('${__value.text}')}"}
    return DynamicConfigValue("links", [link])


def runbook_uid(alert: str) -> str:
    """Name the dashboard that shows an alert's runbook."""
    return f"runbook-{alert}"


def _dress(panel: P, words: Words, width: int, height: int) -> P:
    panel.title(words.title).description(words.reading).no_value(words.empty)
    panel.span(width).height(height)
    if words.runbook:
        panel.links([runbook_link(words.runbook)])
    return panel


def _named(metrics: tuple[Metric, ...]) -> list[tuple[str, Metric]]:
    return list(zip("ABCDEFGH", metrics, strict=False))


def _thresholds(limits: Limits, base: str = "green") -> dashboard.ThresholdsConfig:
    steps = [Threshold(None, base), *(Threshold(value, color) for value, color in limits)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _dashed() -> common.GraphThresholdsStyleConfig:
    return common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(shapes.LegendDisplayMode.LIST)
        .placement(shapes.LegendPlacement.BOTTOM)
        .show_legend(True)
    )


def _tooltip() -> common.VizTooltipOptions:
    return (
        common.VizTooltipOptions()
        .mode(shapes.TooltipDisplayMode.MULTI)
        .sort(shapes.SortOrder.DESCENDING)
    )


def _colored(panel: timeseries.Panel, colors: Mapping[str, str]) -> timeseries.Panel:
    for name, color in colors.items():
        value = {"mode": FieldColorModeId.FIXED, "fixedColor": color}
        panel.override_by_name(name, [DynamicConfigValue("color", value)])
    return panel
