"""What the doctor says, in tests."""

from epm.platform.invariants import examined


def broken_laws():
    """The codes of the invariants that some row breaks, in their order."""
    return [finding.invariant.code for finding in examined() if finding.broken]


def everything_holds():
    return broken_laws() == []
