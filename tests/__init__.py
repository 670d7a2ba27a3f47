"""Tests. A package, so that tests of the same file name in different folders do not clash."""
