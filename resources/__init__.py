"""Data that the program ships, read through importlib.resources: weights, classes, sample."""
