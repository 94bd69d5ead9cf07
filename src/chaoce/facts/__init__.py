"""Facts: what happened to a firm, dated and evidenced. Fact types are data of a policy folder."""

from chaoce.facts.firm import Fact, Firm, Received
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactType, FactTypes, Field

__all__ = ["Fact", "FactType", "FactTypes", "Field", "Firm", "FirmReader", "Received"]
