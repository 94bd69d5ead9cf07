"""The sixteen benefits of Haining's AI plan as an OpenFisca country package: the peer in the benchmark, nothing else.

A fact is an event (OpenFisca's single entity), a firm is a group of events. Years are periods.
"""

from pathlib import Path

from haining_ai.core import TaxBenefitSystem
from haining_ai.entities import ENTITIES

HERE = Path(__file__).resolve().parent

#: The benefits in the plan's order, each a yearly variable of a firm, beside the id that chaoce gives it.
BENEFITS = {
    "compute_purchase": "compute-purchase",
    "manufacturing_cooperation": "manufacturing-cooperation",
    "benchmark_scenario": "benchmark-scenario",
    "ai_investment": "ai-investment",
    "generative_ai_filing": "generative-ai-filing",
    "national_application_award": "national-application-award",
    "provincial_application_award": "provincial-application-award",
    "provincial_data_award": "provincial-data-award",
    "national_dataset_award": "national-dataset-award",
    "provincial_dataset_award": "provincial-dataset-award",
    "data_product_sales": "data-product-sales",
    "dcmm_pilot": "dcmm-pilot",
    "cdo_pilot": "cdo-pilot",
    "data_ip_certificate": "data-ip-certificate",
    "data_ip_licence": "data-ip-licence",
    "data_ip_pledge_loan": "data-ip-pledge-loan",
}


class CountryTaxBenefitSystem(TaxBenefitSystem):
    """OpenFisca looks for this name."""

    def __init__(self) -> None:
        super().__init__(ENTITIES)
        self.add_variables_from_directory(str(HERE / "variables"))
        self.load_parameters(str(HERE / "parameters"))
