"""Where each context states its invariants, as dotted paths: the platform knows no context."""

EPM_INVARIANTS: tuple[str, ...] = (
    "epm.platform.idempotency.INVARIANTS",
    "inventory.selectors.invariants.INVARIANTS",
    "inventory.selectors.purchase_invariants.INVARIANTS",
    "inventory.selectors.transfer_invariants.INVARIANTS",
    "inventory.selectors.stocktake_invariants.INVARIANTS",
    "sales.selectors.invariants.INVARIANTS",
    "sales.selectors.stored_value_invariants.INVARIANTS",
    "sales.selectors.till_invariants.INVARIANTS",
    "sales.selectors.ticket_invariants.INVARIANTS",
    "reporting.selectors.invariants.INVARIANTS",
)
