"""Running weights over the videos of a benchmark: scores, and the files its server wants."""
