"""The keys of rows, as addresses and forms give them: whatever somebody typed, or made up."""

LONGEST = 18  # digits; no row of ours has more, and far more than that Python refuses to read


def row_key(given: str) -> int | None:
    """The number of a row; None for what can be none."""
    return int(given) if given.isdecimal() and len(given) <= LONGEST else None
