from epm.imports.models.run import ImportRun, QuarantinedRow, RunStatus

__all__ = ["ImportRun", "QuarantinedRow", "RunStatus"]
