"""A sealed file: named parts, one after the other, that only its key opens and nobody can change unnoticed.

After a short head come chunks, each encrypted and authenticated (AES-256-GCM) under a key of this file's own and its place
in the file. So a byte that was flipped, a chunk that was moved or left out, an end that was cut off and what was added
after it are all noticed. Neither side ever holds more than a chunk in memory.

    head    MAGIC, 8 bytes that tell which key, 16 random bytes
    chunk   4 bytes: its length; then, sealed: 1 byte of its kind, and up to CHUNK bytes
"""

import hashlib
import os
import struct
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"kyphoplasty backup 1\n"
FINGERPRINT, SALT = 8, 16
CHUNK = 256 * 1024
TAG = 16
PART, DATA, END = b"P", b"D", b"E"


class Broken(Exception):
    """Why a file is not what was once written, in a sentence for whoever needs it."""


def fingerprint(key: str) -> str:
    """What tells a key from others and gives nothing of it away: 16 hexadecimal digits."""
    return hashlib.sha256(b"fingerprint of " + urlsafe_b64decode(key)).hexdigest()[: 2 * FINGERPRINT]


class Sealer:
    """Writes a sealed file: `part` begins a part, `write` adds to it, and without `close` the file counts as cut off."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        head = MAGIC + bytes.fromhex(fingerprint(key)) + os.urandom(SALT)
        self._file, self._lock, self._place = file, _lock(key, head), 0
        file.write(head)

    def part(self, name: str) -> None:
        self._seal(PART, name.encode())

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            self._seal(DATA, data[start : start + CHUNK])

    def close(self) -> None:
        self._seal(END, b"")

    def _seal(self, kind: bytes, data: bytes) -> None:
        sealed = self._lock.encrypt(_nonce(self._place), kind + data, None)
        self._file.write(struct.pack(">I", len(sealed)) + sealed)
        self._place += 1


def unsealed(file: BinaryIO, key: str) -> Iterator[tuple[str, bytes]]:
    """Each chunk with the name of its part, once it has proved to be the one that was written; each part begins with b"".

    Raises Broken, at the latest at the end: what came before is then no whole file either.
    """
    head = file.read(len(MAGIC) + FINGERPRINT + SALT)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + FINGERPRINT + SALT:
        raise Broken("This file is not a backup of the site, or its first bytes were changed.")
    wanted = head[len(MAGIC) : len(MAGIC) + FINGERPRINT].hex()
    if wanted != fingerprint(key):
        raise Broken(
            f"This file was made with another BACKUP_KEY, of fingerprint {wanted}; that of this one is {fingerprint(key)}."
        )
    lock, place, name = _lock(key, head), 0, ""
    while True:
        kind, data = _chunk(file, lock, place)
        place += 1
        if kind == END:
            break
        name = data.decode() if kind == PART else name
        yield name, b"" if kind == PART else data
    if file.read(1):
        raise Broken("Something was added to this file after it was written.")


def _chunk(file: BinaryIO, lock: AESGCM, place: int) -> tuple[bytes, bytes]:
    start = file.read(4)
    length = struct.unpack(">I", start)[0] if len(start) == 4 else 0
    sealed = file.read(length) if length <= CHUNK + TAG + 1 else b""
    if len(start) < 4 or (length <= CHUNK + TAG + 1 and len(sealed) < length):
        raise Broken("This file was cut off, or its end was changed.")
    try:
        opened = lock.decrypt(_nonce(place), sealed, None)
    except (InvalidTag, ValueError) as error:
        raise Broken(f"This file was changed after it was written, before byte {file.tell()}.") from error
    return opened[:1], opened[1:]


def _lock(key: str, head: bytes) -> AESGCM:
    """A key for one file alone, so that places in it can be counted from nought; another head has another key."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=head)
    return AESGCM(made.derive(urlsafe_b64decode(key)))


def _nonce(place: int) -> bytes:
    return place.to_bytes(12, "big")
