"""The window of TarViS Studio."""
