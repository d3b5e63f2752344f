"""Windows that ask: open, export, models, shortcuts, settings."""
