"""Static files: hashed and compressed once collected, by their plain names before."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Where nothing is collected yet, or not the newest files, pages must render all the same."""

    manifest_strict = False

    def url(self, name: str | None, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's
        if name is None or self.clean_name(name) not in self.hashed_files:
            return StaticFilesStorage.url(self, name)
        return str(super().url(name, force))
