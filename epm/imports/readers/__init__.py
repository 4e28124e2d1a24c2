"""Files full of rows, whatever their shape: CSV in any dialect, packed or not, and Parquet."""

from epm.imports.readers.contract import Batch, ReaderOptions, UnreadableFile
from epm.imports.readers.table import Table, open_table

__all__ = ["Batch", "ReaderOptions", "Table", "UnreadableFile", "open_table"]
