from epm.imports.models.run import ImportRun, QuarantinedRow, RunStatus
from epm.imports.models.upload import SavedMapping, Upload

__all__ = ["ImportRun", "QuarantinedRow", "RunStatus", "SavedMapping", "Upload"]
