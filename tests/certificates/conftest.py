"""Certificates to look at, issued once."""

from __future__ import annotations

import pytest

from tests.certificates import samples
from tests.certificates.samples import Issued


@pytest.fixture(scope="session")
def erased() -> Issued:
    return samples.issue(samples.erased())


@pytest.fixture(scope="session")
def stick() -> Issued:
    return samples.issue(samples.stick())


@pytest.fixture(scope="session", params=sorted(samples.OUTCOMES))
def each_outcome(request: pytest.FixtureRequest) -> Issued:
    return samples.issue(samples.OUTCOMES[request.param]())
