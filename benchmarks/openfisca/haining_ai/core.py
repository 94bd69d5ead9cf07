"""The engine under the rules: OpenFisca-Core, or policyengine-core, its fork, where the environment holds that.

Both know entities, variables, parameters and periods by the same names, so that one statement of the rules runs on either.
"""

try:
    from openfisca_core.entities import build_entity
    from openfisca_core.indexed_enums import Enum
    from openfisca_core.periods import ETERNITY, YEAR
    from openfisca_core.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    ENGINE = "openfisca-core"
except ModuleNotFoundError:
    from policyengine_core.entities import build_entity
    from policyengine_core.enums import Enum
    from policyengine_core.periods import ETERNITY, YEAR
    from policyengine_core.simulations import SimulationBuilder
    from policyengine_core.taxbenefitsystems import TaxBenefitSystem
    from policyengine_core.variables import Variable

    ENGINE = "policyengine-core"

__all__ = ["ENGINE", "ETERNITY", "YEAR", "Enum", "SimulationBuilder", "TaxBenefitSystem", "Variable", "build_entity"]
