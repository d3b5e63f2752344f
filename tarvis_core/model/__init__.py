"""The TarViS network (CVPR 2023): targets as queries to one Transformer."""
