"""Days and times in the lists and forms of the desk; our own templates say them in words (procedures/moments.py)."""

DATE_FORMAT, TIME_FORMAT = "D j M Y", "g.iA"
DATETIME_FORMAT = f"{DATE_FORMAT}, {TIME_FORMAT}"
