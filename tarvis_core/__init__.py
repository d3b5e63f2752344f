"""Model, inference and annotation data of TarViS Studio; runs without a window."""
