"""The lab's autoscaler: KEDA's policy files, the HPA algorithm, and the hands that carry it out."""
