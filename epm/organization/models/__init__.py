from epm.organization.models.region import Region
from epm.organization.models.store import Store, StoreKind

__all__ = ["Region", "Store", "StoreKind"]
