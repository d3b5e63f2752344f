"""The sample clip, its true masks, and the renderer that made them."""
