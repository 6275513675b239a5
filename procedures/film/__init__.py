"""The film of the treatment: made from our own drawings by `python -m procedures.film`."""
