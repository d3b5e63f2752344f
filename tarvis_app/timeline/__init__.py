"""The time below the picture: a row per target, quality above."""
