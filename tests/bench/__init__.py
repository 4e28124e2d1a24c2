"""Our figures beside the physical limits of the same machine, measured in the same run.

python -m tests.bench [import|refresh|kpi|api ...] [--lines N] [--rounds N] [--strict] [--clean]

docs/performance.md says what each figure is.
"""
