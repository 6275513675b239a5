"""Blocks changing places, as somebody asks who need not count exactly."""

from procedures.admin.keys import row_key


def rearranged(shown: list[int], asked: dict[int, float | None]) -> list[int]:
    """The blocks that were shown in the order 1, 2, 3 …, in the order asked for.

    Whoever is given a number that another holds goes there, and the other makes room. Gaps do not matter, and what is no number
    leaves a block where it was.
    """
    held = {key: place for place, key in enumerate(shown, 1)}

    def place(key: int) -> tuple[float, int]:
        here = held[key]
        goes = asked.get(key)
        goes = here if goes is None else goes
        return goes, (goes > here) - (goes < here)

    return sorted(shown, key=place)


def stepped(order: list[int], move: str, sections: set[int]) -> list[int]:
    """The order after a press on “12:up” or “12:down”. A section takes all that belongs to it along, past a whole section."""
    key, _, way = move.partition(":")
    moved = row_key(key)
    if moved not in order or way not in ("up", "down"):
        return order
    groups = _by_section(order, sections) if moved in sections else [[one] for one in order]
    here = next(at for at, group in enumerate(groups) if group[0] == moved)
    there = here - 1 if way == "up" else here + 1
    is_possible = 0 <= there < len(groups) and not (moved in sections and groups[there][0] not in sections)
    if is_possible:
        groups[here], groups[there] = groups[there], groups[here]
    return [one for group in groups for one in group]


def _by_section(order: list[int], sections: set[int]) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    for key in order:
        if key in sections and groups[-1]:
            groups.append([])
        groups[-1].append(key)
    return groups
