"""What the rules answer to a command: OK, or the first check that fails; small numbers, so that they compile.

`earnest.core.pool.refusal` translates them into the contract's custom errors.
"""

OK = 0
CLOSED = 1
NOT_CONTRIBUTOR = 2
OWN_CONTRIBUTION = 3
TOO_EARLY = 4
TOO_LATE = 5
NOT_VERIFIED = 6
ALREADY_REPORTED = 7
MODEL_DISAGREES = 8
MODEL_AGREES = 9
PRICE_ABOVE_MAXIMUM = 10
PAYMENT_TOO_HIGH = 11
PAYMENT_TOO_LOW = 12
NOTHING_TO_WITHDRAW = 13
GUARDED = 14
REPORTS_PAUSED = 15
#: Of contributions whose judge is sealed.
TOO_FEW_SEALS = 16
EXPIRED = 17
JUDGE_DISAGREES = 18
SEALED_TOO_EARLY = 19
