"""Which of our implementations a contract's code was built as."""

from contracts import load_artifact

#: Implementations whose sources are here.
IMPLEMENTATIONS = ("SelfAssessedSparsePerceptron", "PointsSparsePerceptron")


def recognise(code: bytes) -> tuple[str, str] | None:
    """The artifact's name and the trusted forwarder in its immutables; None when it is none of ours.

    Args:
        code: of the contract, as it is on chain.
    """
    for name in IMPLEMENTATIONS:
        artifact = load_artifact(name)
        masked = bytearray(code)
        forwarders = set()
        for start, length in artifact.immutable_references:
            forwarders.add(bytes(masked[start : start + length])[-20:])
            masked[start : start + length] = bytes(length)
        if bytes(masked) == artifact.deployed_bytecode and len(forwarders) <= 1:
            return name, "0x" + next(iter(forwarders), bytes(20)).hex()
    return None
