"""The same work for a folder of videos, in the background; each result is a project."""
