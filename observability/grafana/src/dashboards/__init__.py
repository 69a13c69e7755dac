"""Grafana's dashboards in Python; `python -m dashboards` writes the JSON that Grafana reads."""
