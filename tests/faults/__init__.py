"""Tests on drives that lie or fail."""
