"""Static files under names with a digest, so that a browser may keep them for good."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


def _without_maps(patterns: Any) -> tuple[tuple[str, tuple], ...]:
    """Vendored files name source maps, which are not vendored: nothing on a page loads them."""
    return tuple((files, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule))) for files, rules in patterns)


class Hashed(ManifestStaticFilesStorage):
    """As Django's, but for source maps."""

    patterns = _without_maps(ManifestStaticFilesStorage.patterns)


class HashedAndCompressed(CompressedManifestStaticFilesStorage):
    """As WhiteNoise's, but for source maps."""

    patterns = _without_maps(CompressedManifestStaticFilesStorage.patterns)
