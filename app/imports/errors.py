"""What importing a pool refuses."""

from earnest.errors import EarnestError


class ImportRefused(EarnestError):
    """What is at the address is no pool of this version, or its encoder is missing."""

    status = 422
    type = "import-refused"
    title = "Import refused"


class PoolKnown(EarnestError):
    """The service serves this pool already."""

    status = 409
    type = "pool-known"
    title = "Pool known"
