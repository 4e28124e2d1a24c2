from tests.imports_support import imported

__all__ = ["imported"]
