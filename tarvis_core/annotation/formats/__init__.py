"""Annotation formats: one file per format, reading and writing; `format_list` names them all."""
