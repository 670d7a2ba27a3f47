"""Tamper vectors: certificates each wrong in one way, and what a verifier has to say of each. See tests/vectors/README.md."""
