"""What is refused about pools."""

from earnest.errors import EarnestError


class PoolUnknown(EarnestError):
    """There is no such pool."""

    status = 404
    type = "pool-unknown"
    title = "Pool unknown"


class PoolFailed(EarnestError):
    """The pool's deployment failed: there is nothing to use."""

    status = 409
    type = "pool-failed"
    title = "Pool failed"


class PoolNotFailed(EarnestError):
    """Only a pool whose deployment failed can be forgotten."""

    status = 409
    type = "pool-not-failed"
    title = "Pool not failed"


class PoolNotScannable(EarnestError):
    """A pool has no contributions to look at, or no held-out samples to hold them against."""

    status = 409
    type = "pool-not-scannable"
    title = "Pool not scannable"


class EncoderUnknown(EarnestError):
    """There is no such encoder."""

    status = 404
    type = "encoder-unknown"
    title = "Encoder unknown"


class LabelUnknown(EarnestError):
    """The model has no such class."""

    status = 422
    type = "label-unknown"
    title = "Label unknown"


class SampleTooUnknown(EarnestError):
    """The model knows too little of a sample to learn or judge anything by it."""

    status = 422
    type = "sample-too-unknown"
    title = "Sample too unknown"


class BlockUnknown(EarnestError):
    """A pool's model is not known at this block."""

    status = 422
    type = "block-unknown"
    title = "Block unknown"
