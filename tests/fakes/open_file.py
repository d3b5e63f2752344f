"""OpenFile: a project's file in place of `Opening`."""


class OpenFile:
    """Has a project's file and nothing else."""

    def __init__(self, file):
        self.file = file
