from epm.imports.admin.runs import ImportRunAdmin

__all__ = ["ImportRunAdmin"]
