"""What the formulas share."""

import numpy

#: A double computed from a 32-bit input is a hair off; the tolerance (in fen) keeps that from costing a fen when rounding down,
#: so that what is wrong in the end comes from storing money in 32 bits and from nothing else.
TOLERANCE = 0.002


def rounded_down(amount: numpy.ndarray) -> numpy.ndarray:
    """Amounts in yuan, rounded down to the fen, in 64 bits."""
    return numpy.floor(amount * 100 + TOLERANCE) / 100


def wide(amount: numpy.ndarray) -> numpy.ndarray:
    """Money as 64-bit floats: OpenFisca stores 32, but a formula may compute in more."""
    return amount.astype(numpy.float64)
