"""Files that are no public key of a station, though parts of them may look like one. `SIGNING` in their name: made around that key."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.station_key import StationKey
from tests.certificates import special_points

_PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def ending_in(raw: bytes) -> tuple[rsa.RSAPrivateKey, bytes]:
    """An RSA key whose DER ends in these 32 bytes, which are its exponent; with its private half, as a forger has it."""
    exponent = int.from_bytes(raw, "big")
    assert exponent % 2, "an exponent is odd: choose another key to imitate"
    while True:
        made = rsa.generate_private_key(65537, 2048).private_numbers()
        phi = (made.p - 1) * (made.q - 1)
        try:
            private = pow(exponent, -1, phi)
        except ValueError:
            continue
        public = rsa.RSAPublicNumbers(exponent, made.p * made.q)
        numbers = rsa.RSAPrivateNumbers(
            made.p, made.q, private, private % (made.p - 1), private % (made.q - 1), made.iqmp, public
        )
        key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
        return key, special_points.pem(_der_of_rsa(public.n, raw))


def _der_of_rsa(modulus: int, exponent: bytes) -> bytes:
    def wrapped(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = (
            bytes([size])
            if size < 128
            else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
        )
        return bytes([tag]) + length + content

    numbers = wrapped(0x30, wrapped(2, b"\0" + modulus.to_bytes(256, "big")) + wrapped(2, exponent))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return wrapped(0x30, algorithm + wrapped(3, b"\0" + numbers))


def pems(of: StationKey) -> dict[str, bytes]:
    """Each is to be refused wherever a key is read."""
    stranger = StationKey(Ed25519PrivateKey.from_private_bytes(bytes([9] * 32)))
    private = Ed25519PrivateKey.from_private_bytes(bytes([9] * 32)).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    rsa_pem = rsa.generate_private_key(65537, 2048).public_key().public_bytes(*_PEM)
    good = of.public_pem
    der = special_points.HEAD + bytes.fromhex("00" * 31 + "09")
    return {
        "rsa": rsa_pem,
        "ec": ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*_PEM),
        "ed448": ed448.Ed448PrivateKey.generate().public_key().public_bytes(*_PEM),
        "x25519": x25519.X25519PrivateKey.generate().public_key().public_bytes(*_PEM),
        "x448": x448.X448PrivateKey.generate().public_key().public_bytes(*_PEM),
        "dsa": dsa.generate_private_key(1024).public_key().public_bytes(*_PEM),
        "two-keys": good + stranger.public_pem,
        "rsa-and-then-the-key": rsa_pem + good,
        "text-in-front": b"the key:\n" + good,
        "text-behind": good + b"and more\n",
        "a-private-key": private,
        "with-a-private-key": good + private,
        "longer-der": special_points.pem(special_points.HEAD + of_point(of) + b"\0"),
        "shorter-der": special_points.pem(special_points.HEAD + of_point(of)[:-1]),
        "long-form-length": special_points.pem(b"\x30\x81\x2a" + special_points.HEAD[2:] + of_point(of)),
        "with-parameters": special_points.pem(bytes.fromhex("302c300706032b65700500032100") + of_point(of)),
        "header-lines": good.replace(b"KEY-----\n", b"KEY-----\nComment: x\n\n", 1),
        "other-label": good.replace(b"PUBLIC KEY", b"ED25519 PUBLIC KEY"),
        "one-long-line-less": good.replace(b"\n-----END", b" \n-----END"),
        "der": der,
        "empty": b"",
        "binary": bytes(range(256)),
        "nul": good[:-1] + b"\0\n",
    }


def of_point(key: StationKey) -> bytes:
    from certificates import station_key

    return station_key.raw_key(key.public_pem)
