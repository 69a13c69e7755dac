"""The lab: the whole stack on one machine, its autoscaler, its experiments and their reports."""
