"""The open project, its history, and word of what changed."""
