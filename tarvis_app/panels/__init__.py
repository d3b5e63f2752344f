"""The docks beside the picture: task, targets, properties."""
