"""From the network's output to the masks of one clip: instances, panoptic, objects."""
