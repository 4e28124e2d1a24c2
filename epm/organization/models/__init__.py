from epm.organization.models.closure import StoreClosure
from epm.organization.models.region import Region
from epm.organization.models.store import Store, StoreKind

__all__ = ["Region", "Store", "StoreClosure", "StoreKind"]
