"""Frames on time: background decoding and the player."""
