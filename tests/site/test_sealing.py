"""A sealed file comes back as it was written, or not at all."""

from io import BytesIO

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from kyphoplasty_site import sealing
from kyphoplasty_site.sealing import Broken, Sealer, fingerprint, unsealed

KEY = Fernet.generate_key().decode()
Parts = dict[str, bytes]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "CHUNK", 16)


def sealed(parts: Parts, key: str = KEY) -> bytes:
    file = BytesIO()
    sealer = Sealer(file, key)
    for name, data in parts.items():
        sealer.part(name)
        sealer.write(data)
    sealer.close()
    return file.getvalue()


def opened(file: bytes, key: str = KEY) -> Parts:
    parts: Parts = {}
    for name, data in unsealed(BytesIO(file), key):
        parts[name] = parts.get(name, b"") + data
    return parts


def chunks(file: bytes) -> tuple[bytes, list[bytes]]:
    """The head, and each chunk with its length before it."""
    start = len(sealing.MAGIC) + sealing.FINGERPRINT + sealing.SALT
    found, rest = [], file[start:]
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        found.append(rest[:length])
        rest = rest[length:]
    return file[:start], found


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), st.binary(max_size=100), max_size=4)
)
def test_parts_come_back_as_they_were(parts: Parts) -> None:
    assert opened(sealed(parts)) == parts


def test_every_flipped_bit_is_noticed() -> None:
    file = sealed({"database": b"What Jo Larkspur wrote to us.", "empty": b""})

    for place in range(len(file)):
        for bit in range(8):
            changed = bytearray(file)
            changed[place] ^= 1 << bit
            with pytest.raises(Broken):
                opened(bytes(changed))


def test_every_cut_is_noticed() -> None:
    file = sealed({"database": b"What Jo Larkspur wrote to us.", "empty": b""})

    for length in range(len(file)):
        with pytest.raises(Broken):
            opened(file[:length])


def test_what_was_added_is_noticed() -> None:
    with pytest.raises(Broken, match="added"):
        opened(sealed({"database": b"rows"}) + b"\0")


def test_chunks_that_moved_were_left_out_or_come_from_another_file_are_noticed() -> None:
    head, (name, first, second, end) = chunks(sealed({"database": bytes(32)}))
    of_another = chunks(sealed({"database": bytes(32)}))[1][1]

    assert opened(head + name + first + second + end) == {"database": bytes(32)}
    for mixed in (
        (name, second, first, end),
        (name, first, end),
        (name, first, first, end),
        (name, of_another, second, end),
    ):
        with pytest.raises(Broken):
            opened(head + b"".join(mixed))


def test_another_key_is_named_by_its_fingerprint_and_opens_nothing() -> None:
    other = Fernet.generate_key().decode()

    with pytest.raises(Broken) as refused:
        opened(sealed({"database": b"rows"}), other)

    assert fingerprint(KEY) in str(refused.value)
    assert fingerprint(other) in str(refused.value)
    assert KEY not in str(refused.value)


def test_same_content_is_never_sealed_the_same_way_and_can_be_read_nowhere() -> None:
    first, second = (sealed({"database": b"Jo Larkspur"}) for _ in range(2))

    assert chunks(first)[1][1] != chunks(second)[1][1]
    assert b"Larkspur" not in first
    assert b"database" not in first
