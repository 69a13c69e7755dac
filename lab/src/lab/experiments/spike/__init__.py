"""A spike at one service, a steady load on the other: one scales, the other stays as it is."""
