"""Durations as a clock shows them."""


def minutes_text(seconds: float) -> str:
    """Whole minutes and seconds: 0:07; with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
