"""Clips for training out of data sets on disk and out of a person's own projects."""
