"""What is known of an event. Money lies in the year of the event; what does not change is eternal."""

import datetime

import numpy
from haining_ai.core import ETERNITY, YEAR, Enum, Variable
from haining_ai.entities import Event

FIRST_DAY = datetime.date(2026, 1, 5)
LAST_DAY = datetime.date(2027, 12, 31)


class Kind(Enum):
    """The fact type."""

    other = "other"
    compute_purchase = "computing power bought"
    ai_cooperation = "payment for AI cooperation"
    scenario_project = "scenario project"
    investment_project = "investment project"
    recognition = "title, filing or listing"
    data_product_year = "a data product's sales of the year"
    data_ip_certificate = "data IP certificate"
    data_ip_licence = "data IP licence or transfer"
    pledge_loan_interest = "interest on a pledged loan"


class Resource(Enum):
    """The kind of computing power."""

    other = "other"
    intelligent = "intelligent computing"
    super = "supercomputing"


class Purpose(Enum):
    """What computing power is used for."""

    other = "other"
    product_development = "product development"
    algorithm_design = "algorithm design"
    model_training = "model training"
    product_validation = "product validation"
    application = "application"


class BuiltBy(Enum):
    """Who built a scenario."""

    enterprise = "an enterprise"
    government = "a government department"


class Title(Enum):
    """Titles, filings and listings."""

    none = "none"
    generative_ai_filing = "generative AI model filing"
    ai_application_scenario = "AI application scenario"
    ai_benchmark_enterprise = "AI application benchmark enterprise"
    ai_service_provider = "AI service provider"
    digital_excellent_product = "digital excellent product"
    intelligent_cloud_enterprise = "intelligent cloud enterprise"
    big_data_demonstration = "big data application demonstration"
    zhejiang_digital_merchant = "Zhejiang digital merchant"
    high_quality_dataset_pilot = "high-quality AI dataset pilot"
    dcmm_pilot = "DCMM standard pilot enterprise"
    cdo_pilot = "CDO pilot"


class Level(Enum):
    """The level at which a title is granted."""

    none = "none"
    national = "national"
    provincial = "provincial"
    municipal = "municipal"


class Role(Enum):
    """The firm's part in a licence."""

    none = "none"
    licensee = "licensee"
    transferee = "transferee"
    licensor = "licensor"


class kind(Variable):
    value_type = Enum
    possible_values = Kind
    default_value = Kind.other
    entity = Event
    definition_period = ETERNITY
    label = "Fact type"


class day(Variable):
    value_type = datetime.date
    entity = Event
    definition_period = ETERNITY
    label = "Day of the event"


class counts(Variable):
    value_type = bool
    entity = Event
    definition_period = YEAR
    label = "Lies in the year and in the term of the plan"

    def formula(event, period):
        on = event("day", period)
        first = max(FIRST_DAY, datetime.date(period.start.year, 1, 1))
        last = min(LAST_DAY, datetime.date(period.start.year, 12, 31))
        return (on >= numpy.datetime64(first)) & (on <= numpy.datetime64(last))


class paid(Variable):
    value_type = float
    entity = Event
    definition_period = YEAR
    label = "Amount paid"


class investment(Variable):
    value_type = float
    entity = Event
    definition_period = YEAR
    label = "Investment in a scenario"


class productive_investment(Variable):
    value_type = float
    entity = Event
    definition_period = YEAR
    label = "Productive investment without civil works"


class sales(Variable):
    value_type = float
    entity = Event
    definition_period = YEAR
    label = "Sales of a data product in the year"


class resource(Variable):
    value_type = Enum
    possible_values = Resource
    default_value = Resource.other
    entity = Event
    definition_period = ETERNITY
    label = "Kind of computing power"


class purpose(Variable):
    value_type = Enum
    possible_values = Purpose
    default_value = Purpose.other
    entity = Event
    definition_period = ETERNITY
    label = "Purpose of computing power"


class built_by(Variable):
    value_type = Enum
    possible_values = BuiltBy
    default_value = BuiltBy.government
    entity = Event
    definition_period = ETERNITY
    label = "Builder of a scenario"


class selected(Variable):
    value_type = bool
    entity = Event
    definition_period = ETERNITY
    label = "Among the year's benchmark projects"


class ai_field(Variable):
    value_type = bool
    entity = Event
    definition_period = ETERNITY
    label = "In the field of AI"


class title(Variable):
    value_type = Enum
    possible_values = Title
    default_value = Title.none
    entity = Event
    definition_period = ETERNITY
    label = "Title"


class level(Variable):
    value_type = Enum
    possible_values = Level
    default_value = Level.none
    entity = Event
    definition_period = ETERNITY
    label = "Level of the title"


class new(Variable):
    value_type = bool
    default_value = True
    entity = Event
    definition_period = ETERNITY
    label = "Newly granted"


class registered(Variable):
    value_type = bool
    entity = Event
    definition_period = ETERNITY
    label = "Holds a registration certificate"


class role(Variable):
    value_type = Enum
    possible_values = Role
    default_value = Role.none
    entity = Event
    definition_period = ETERNITY
    label = "Part in a licence"
