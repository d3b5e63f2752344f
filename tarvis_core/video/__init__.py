"""Frames in, clips out: frame-accurate reading of videos and image folders. No torch, no Qt."""
