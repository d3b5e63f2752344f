"""The verbs of `tarvis-train`, one file per verb."""
