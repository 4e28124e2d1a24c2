"""What can be imported: kinds by name, each a dotted path, so that the engine knows no context."""

EPM_IMPORT_KINDS: dict[str, str] = {}
