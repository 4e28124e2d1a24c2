"""Questions about the sessions of registers and their closings."""

from django.db.models import OuterRef, QuerySet, Subquery

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from sales.models import CashRegister, Closing, DrawerMovement, RegisterSession
from sales.selectors.registers import registers_visible_to
from sales.states import RegisterSessionState


def sessions_visible_to(principal: Principal) -> QuerySet[RegisterSession]:
    """Sessions of the stores in scope, with their register and store."""
    sessions = RegisterSession.objects.filter(scope_of(principal).covers("store"))
    return sessions.select_related("register", "store")


def movements_visible_to(principal: Principal) -> QuerySet[DrawerMovement]:
    """Drawer movements of the stores in scope."""
    return DrawerMovement.objects.filter(scope_of(principal).covers("store"))


def closings_visible_to(principal: Principal) -> QuerySet[Closing]:
    """Closings of the stores in scope; what was expected of a drawer is in them."""
    if isinstance(principal, User) and not principal.has_perm("sales.view_closing"):
        return Closing.objects.none()
    return Closing.objects.filter(scope_of(principal).covers("store"))


def sees_expected(principal: Principal) -> bool:
    """Whether one may know what should be in a drawer: not who counts it blind."""
    if isinstance(principal, User):
        return principal.has_perm("sales.view_xreport")
    return rights.holds(principal, rights.SALES)


def running(register_id: int) -> RegisterSession | None:
    """The session of a register that is not closed; late ones aside."""
    return _running().filter(register=register_id).first()


def registers_with_session(principal: Principal) -> QuerySet[CashRegister]:
    """Cash registers in scope, each with what there is of its running session."""
    now = _running().filter(register=OuterRef("pk"))
    return registers_visible_to(principal).annotate(
        **{
            f"session_{name}": Subquery(now.values(name)[:1])
            for name in ("id", "state", "business_date", "opened_at")
        }
    )


def _running() -> QuerySet[RegisterSession]:
    sessions = RegisterSession.objects.filter(is_late=False)
    return sessions.exclude(state=RegisterSessionState.CLOSED).select_related("store", "register")
