"""The station's key: Ed25519, made on first use, readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates.errors import Environment, NotAuthentic


class StationKey:
    """Signs. The private half never leaves this object."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_pem = pem_of(private.public_key())
        self.key_id = key_id_of(self.public_pem)

    def sign(self, message: bytes) -> bytes:
        """The 64 raw bytes of an Ed25519 signature (RFC 8032), as `openssl pkeyutl -sigfile` takes them."""
        return self._private.sign(message)


def load_or_create(path: Path) -> StationKey:
    """The key at `path`, made there if nothing is. Two processes may come first at once: one makes it, both use it."""
    try:
        _create(path)
    except FileExistsError:
        pass
    except OSError as error:
        raise Environment("key.unwritable", path=path, detail=error.strerror) from error
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise Environment("key.unreadable", path=path, detail=str(error)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Environment("key.unreadable", path=path, detail="not an Ed25519 key")
    if path.stat().st_mode & 0o077 or path.stat().st_uid != os.geteuid():
        raise Environment("key.exposed", path=path, mode=oct(path.stat().st_mode & 0o777))
    return StationKey(private)


def _create(path: Path) -> None:
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # A link appears whole or not at all, and never replaces a key that another process made meanwhile.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    finally:
        draft.unlink()


def pem_of(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The key in `pem`, spelt exactly as we spell it. Raises NotAuthentic for anything else."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise NotAuthentic("authentic.key", detail=str(error)) from error
    if not isinstance(key, Ed25519PublicKey) or pem_of(key) != pem:
        raise NotAuthentic("authentic.key", detail="not an Ed25519 public key in PEM")
    return key


def key_id_of(pem: bytes) -> str:
    """SHA-256 of the 32 raw bytes of the public key, as hex."""
    raw = public_key(pem).public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def verify(pem: bytes, message: bytes, signature: bytes) -> None:
    """Raises NotAuthentic unless `signature` over `message` is the key's."""
    try:
        public_key(pem).verify(signature, message)
    except InvalidSignature as error:
        raise NotAuthentic("authentic.signature") from error
