"""The headless command line: one file per verb."""
