"""The lab's autoscaler: KEDA's policy files, the HPA algorithm, and what carries it out."""
