"""What the network is trained with: matching, mask, class and semantic losses."""
