"""Encodings of points of Curve25519 in its Edwards form with which a careless verifier takes signatures that nobody made.

The eight points of small order and their other spellings are listed in section 2 and the appendix of "Taming the many EdDSAs"
(Chalkias, Garillot, Nikolaenko, 2020), and in libsodium's table of the same; each can be worked out with RFC 8032's formulas.
"""

from __future__ import annotations

import base64

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the base point (RFC 8032, 5.1)
HEAD = bytes.fromhex("302a300506032b6570032100")

SMALL_ORDER = {
    "1": "0100000000000000000000000000000000000000000000000000000000000000",
    "2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "4": "0000000000000000000000000000000000000000000000000000000000000000",
    "4-other": "0000000000000000000000000000000000000000000000000000000000000080",
    "8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "8-second": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "8-third": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "8-fourth": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}
OTHER_SPELLINGS = {
    "1-signed": "0100000000000000000000000000000000000000000000000000000000000080",
    "2-signed": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "1-above-p": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "1-above-p-signed": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "4-above-p": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "4-above-p-signed": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    # Of large order, but its y is not below p: 3 + p and the last there is.
    "above-p": (P + 3).to_bytes(32, "little").hex(),
    "above-p-last": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
}
OFF_THE_CURVE = {"2": (2).to_bytes(32, "little").hex(), "7": (7).to_bytes(32, "little").hex()}
EVERY = {**SMALL_ORDER, **OTHER_SPELLINGS, **{f"off-{name}": point for name, point in OFF_THE_CURVE.items()}}


def pem(der: bytes) -> bytes:
    """A public key's DER as OpenSSL would spell it in PEM."""
    text = base64.b64encode(der)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN PUBLIC KEY-----", *lines, b"-----END PUBLIC KEY-----", b""])


def pem_of_point(point: bytes) -> bytes:
    return pem(HEAD + point)
