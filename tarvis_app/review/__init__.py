"""Frames that need a person, ranked, each with its reason."""
