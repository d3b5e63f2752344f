"""The picture: frame, masks, exemplars, and one file per tool."""
