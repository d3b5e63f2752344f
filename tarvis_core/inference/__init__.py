"""Runs the network over videos of any length and turns its outputs into masks."""
