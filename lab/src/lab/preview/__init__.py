"""A preview of Grafana's dashboards without Grafana: one page, from live or recorded data."""
