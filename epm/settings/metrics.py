"""Who finds figures for `/metrics`, beside what our processes count: docs/operations.md."""

EPM_METRICS = [
    "epm.platform.metrics_queue.collect",
    "epm.imports.selectors.metrics.collect",
    "inventory.selectors.metrics.collect",
    "reporting.selectors.metrics.collect",
]
