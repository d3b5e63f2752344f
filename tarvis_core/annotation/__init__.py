"""What a project consists of: targets, exemplars, masks, tracks, label sets. No torch, no Qt."""
