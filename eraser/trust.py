"""Whose certificates are trusted here: this station's own, and those that `key trust` added."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import station_key
from certificates.errors import NotAuthentic
from eraser.home import Home


def trusted_keys(home: Home) -> dict[str, bytes]:
    """Public keys (PEM) by key id. A file that is no key, or lies under another key's name, counts for nothing."""
    found: dict[str, bytes] = {}
    own = _own(home)
    for pem in [own] if own else []:
        found[station_key.key_id_of(pem)] = pem
    for file in sorted(home.trusted.glob("*.pem")):
        try:
            pem = file.read_bytes()
            key_id = station_key.key_id_of(pem)
        except (OSError, NotAuthentic):
            continue
        if file.stem == key_id:
            found[key_id] = pem
    return found


def bare(fingerprint: str) -> str:
    """A fingerprint as people copy it (groups, colons, capitals) -> 64 hex digits."""
    return "".join(c for c in fingerprint.lower() if c in "0123456789abcdef")


def _own(home: Home) -> bytes | None:
    """The station's public key, if it has one; auditing makes none."""
    try:
        private = serialization.load_pem_private_key(home.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(private, Ed25519PrivateKey):
        return None
    public = private.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
