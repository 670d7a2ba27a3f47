"""A private key on disk: Ed25519, readable by its owner alone, under a passphrase if wanted; its public half lies beside it.

The station's own is made on first use. An organisation's, kept offline, has the same form.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates import causes, foreign
from certificates.errors import Environment, NotAuthentic, Refused

_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
# SubjectPublicKeyInfo of Ed25519 (RFC 8410) up to its 32 bytes.
_HEAD = bytes.fromhex("302a300506032b6570032100")
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The y of the eight points whose order divides the cofactor: of order 1, 2, 4 (both x), 8 (four points, two y). They are those of the
# table in libsodium's ge25519_has_small_order and of section 2 of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020).
_SMALL_ORDER = frozenset(
    (
        1,
        _P - 1,
        0,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    )
)


class StationKey:
    """Signs. The private half never leaves this object."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_pem = pem_of(private.public_key())
        self.key_id = key_id_of(self.public_pem)

    def sign(self, message: bytes) -> bytes:
        """The 64 raw bytes of an Ed25519 signature (RFC 8032), as `openssl pkeyutl -sigfile` takes them."""
        return self._private.sign(message)


def load_or_create(
    path: Path, known: Callable[[], bytes] | None = None, new: Callable[[], bytes | None] = lambda: None
) -> StationKey:
    """The key at `path`, made there if nothing is. Two processes may come first at once: one makes it, both use it."""
    if not path.exists():
        try:
            _create(path, new())
        except FileExistsError:
            pass
        except OSError as error:
            raise Environment("key.unwritable", path=path, detail=error.strerror) from error
    return load(path, known)


def create(path: Path, passphrase: bytes | None) -> StationKey:
    """A new key at `path`. Raises Refused if there is one: a key is never replaced."""
    try:
        _create(path, passphrase)
    except FileExistsError as error:
        raise Refused("key.exists", path=path) from error
    except OSError as error:
        raise Environment("key.unwritable", path=path, detail=error.strerror) from error
    return load(path, (lambda: passphrase) if passphrase else None)


def load(path: Path, known: Callable[[], bytes] | None = None) -> StationKey:
    """The key at `path`; `known` is asked for the passphrase if it needs one. Raises Environment."""
    try:
        pem = foreign.read(path)
        _check_exposure(path, encrypted=pem.startswith(_ENCRYPTED))
    except FileNotFoundError as error:
        raise Environment("key.none", path=path) from error
    except OSError as error:
        raise Environment("key.unreadable", path=path, detail=error.strerror) from error
    passphrase = None
    if pem.startswith(_ENCRYPTED):
        if known is None:
            raise Environment("key.locked", path=path)
        passphrase = known()
    try:
        private = serialization.load_pem_private_key(pem, password=passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Environment(
            "key.passphrase" if passphrase else "key.unreadable", path=path, detail=causes.in_words(error)
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Environment("key.unreadable", path=path, detail="not an Ed25519 key")
    try:
        return StationKey(private)
    except NotAuthentic as error:
        raise Environment("key.unreadable", path=path, detail=error.message()) from error


def is_encrypted(path: Path) -> bool:
    """Does the key at `path` need a passphrase? Raises OSError."""
    return foreign.read(path).startswith(_ENCRYPTED)


def public_half(path: Path) -> bytes | None:
    """The public key (PEM) of the private key at `path`, without a passphrase and making nothing; None if there is none to be had."""
    try:
        private = serialization.load_pem_private_key(foreign.read(path), password=None)
    except TypeError:  # it has a passphrase: its public half lies beside it
        return _beside(path)
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(private, Ed25519PrivateKey):
        return None
    try:
        key_id_of(pem := pem_of(private.public_key()))
    except NotAuthentic:
        return None
    return pem


def _beside(path: Path) -> bytes | None:
    try:
        pem = foreign.read(path.with_suffix(".pem"))
        public_key(pem)
    except (OSError, NotAuthentic):
        return None
    return pem


def _check_exposure(path: Path, *, encrypted: bool) -> None:
    """Only the owner may read a key, or write it or its folder; what a passphrase protects may be read (on a stick without permissions)."""
    for place, others in ((path, 0o022 if encrypted else 0o077), (path.parent, 0o022)):
        seen = place.stat()
        if seen.st_mode & others or seen.st_uid != os.geteuid():
            mode, right = oct(seen.st_mode & 0o7777), "700" if place.is_dir() else "600"
            raise Environment("key.exposed", path=place, mode=mode, owner=seen.st_uid, right=right)


def _create(path: Path, passphrase: bytes | None) -> None:
    if path.exists():
        raise FileExistsError(path)
    make_private_folder(path.parent)
    private = Ed25519PrivateKey.generate()
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase)
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
    public = path.with_suffix(".pem")
    # A link appears whole or not at all, and never replaces a key that another process made meanwhile.
    draft, public_draft = (each.with_name(f".{each.name}.{os.getpid()}") for each in (path, public))
    try:
        _write(draft, pem, 0o600)
        _write(public_draft, pem_of(private.public_key()), 0o644)
        path.hardlink_to(draft)
        public_draft.replace(public)
    finally:
        draft.unlink(missing_ok=True)
        public_draft.unlink(missing_ok=True)


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def make_private_folder(folder: Path) -> None:
    """The folder and whatever lacks above it, each for its owner alone, whatever the umask is. Folders that are there stay as they are."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)


def pem_of(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The one way to read a public key: PEM of Ed25519, spelt exactly as we spell it, and a point that signatures can be checked with
    (docs/keys.md, "What is taken for a key"). Raises NotAuthentic for anything else."""
    return Ed25519PublicKey.from_public_bytes(_point_in(pem))


def raw_key(pem: bytes) -> bytes:
    """The 32 bytes of the point in `pem` (RFC 8032, 5.1.2). Raises NotAuthentic as `public_key` does."""
    return _point_in(pem)


def key_id_of(pem: bytes) -> str:
    """The fingerprint: SHA-256 of the 32 raw bytes of the public key, as 64 hex digits. Raises NotAuthentic as `public_key` does."""
    return hashlib.sha256(_point_in(pem)).hexdigest()


def verify(pem: bytes, message: bytes, signature: bytes) -> None:
    """Raises NotAuthentic unless `signature` over `message` is the key's, by the equation of RFC 8032 5.1.7 without the cofactor, as
    OpenSSL has it: S is below the group's order, and R is, byte for byte, the encoding of SB - kA."""
    try:
        public_key(pem).verify(signature, message)
    except InvalidSignature as error:
        raise NotAuthentic("authentic.signature") from error


@lru_cache(maxsize=256)
def _point_in(pem: bytes) -> bytes:
    der = _der_in(pem)
    if len(der) != len(_HEAD) + 32 or not der.startswith(_HEAD):
        raise NotAuthentic("authentic.key", detail="not an Ed25519 public key in PEM")
    point = der.removeprefix(_HEAD)
    y = int.from_bytes(point, "little") & ~(1 << 255)
    if y >= _P:
        raise NotAuthentic("authentic.key", detail="the point is not spelt in its one way")
    if y in _SMALL_ORDER:
        raise NotAuthentic("authentic.weak_key")
    # On the curve -x2 + y2 = 1 + d x2 y2: x2 = (y2 - 1) / (d y2 + 1) has to be a square (RFC 8032, 5.1.3).
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise NotAuthentic("authentic.key", detail="not a point of the curve")
    return point


def _der_in(pem: bytes) -> bytes:
    """The SubjectPublicKeyInfo in a PEM of one key, which has to be spelt as OpenSSL spells it. Raises NotAuthentic."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotAuthentic("authentic.key", detail="not an Ed25519 public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey) or pem_of(key) != pem:
        raise NotAuthentic("authentic.key", detail="not an Ed25519 public key in PEM")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
