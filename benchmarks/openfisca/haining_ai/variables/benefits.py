"""The sixteen benefits of section 三, each a yearly amount of a firm."""

import numpy
from haining_ai import BENEFITS
from haining_ai.core import ETERNITY, YEAR, Variable
from haining_ai.entities import Firm
from haining_ai.tools import rounded_down, wide
from haining_ai.variables.events import BuiltBy, Kind, Level, Purpose, Resource, Role, Title

#: How far back an earlier year with enough sales is looked for: a formula asks period after period.
FIRST_SALES_YEAR = 2020


def of_kind(firm, period, kind):
    """The events of a kind that count in the year."""
    return firm.members("counts", period) & (firm.members("kind", period) == kind)


def titled(firm, period, title, level):
    """The events that newly grant a title at a level; None stands for any level."""
    granted = of_kind(firm, period, Kind.recognition) & firm.members("new", period) & (firm.members("title", period) == title)
    return granted if level is None else granted & (firm.members("level", period) == level)


def once_each(firm, period, titles, level, amount):
    """An amount once for each of the titles."""
    return sum(firm.any(titled(firm, period, title, level)) * amount for title in titles)


def yearly_sum(firm, held, amounts, limit):
    """What the events that hold come to, each rounded down to the fen, under the year's limit."""
    return numpy.minimum(firm.sum(numpy.where(held, rounded_down(amounts), 0.0)), limit)


class manufacturer(Variable):
    value_type = bool
    entity = Firm
    definition_period = ETERNITY
    label = "Of section C of the classification of industries"


class compute_purchase(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(一) computing power"

    def formula(firm, period, parameters):
        rule = parameters(period).compute_purchase
        resource, purpose = firm.members("resource", period), firm.members("purpose", period)
        held = of_kind(firm, period, Kind.compute_purchase) & (resource != Resource.other) & (purpose != Purpose.other)
        return yearly_sum(firm, held, wide(firm.members("paid", period)) * rule.rate, rule.year_limit)


class manufacturing_cooperation(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(二) AI cooperation in manufacturing"

    def formula(firm, period, parameters):
        rule = parameters(period).manufacturing_cooperation
        held = of_kind(firm, period, Kind.ai_cooperation)
        due = yearly_sum(firm, held, wide(firm.members("paid", period)) * rule.rate, rule.year_limit)
        return firm("manufacturer", period) * due


class benchmark_scenario(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(三) benchmark scenarios"

    def formula(firm, period, parameters):
        rule = parameters(period).benchmark_scenario
        held = of_kind(firm, period, Kind.scenario_project) & firm.members("selected", period)
        held = held & (firm.members("built_by", period) == BuiltBy.enterprise)
        amounts = numpy.minimum(wide(firm.members("investment", period)) * rule.rate, rule.item_limit)
        return firm.sum(numpy.where(held, rounded_down(amounts), 0.0))


class ai_investment(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(四) investment in AI"

    def formula(firm, period, parameters):
        rule = parameters(period).ai_investment
        base = firm.members("productive_investment", period)
        held = of_kind(firm, period, Kind.investment_project) & firm.members("ai_field", period) & (base >= rule.threshold)
        amounts = numpy.minimum(rule.standard.calc(wide(base)) * rule.uplift, rule.item_limit)
        return firm.sum(numpy.where(held, rounded_down(amounts), 0.0))


class generative_ai_filing(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(五) generative AI filing"

    def formula(firm, period, parameters):
        amount = parameters(period).awards.generative_ai_filing
        return once_each(firm, period, (Title.generative_ai_filing,), None, amount)


APPLICATION_TITLES = (
    Title.ai_application_scenario,
    Title.ai_benchmark_enterprise,
    Title.ai_service_provider,
    Title.digital_excellent_product,
)
DATA_TITLES = (Title.intelligent_cloud_enterprise, Title.big_data_demonstration, Title.zhejiang_digital_merchant)


class national_application_award(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(五) application titles, national"

    def formula(firm, period, parameters):
        return once_each(firm, period, APPLICATION_TITLES, Level.national, parameters(period).awards.national_application)


class provincial_application_award(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(五) application titles, provincial"

    def formula(firm, period, parameters):
        return once_each(firm, period, APPLICATION_TITLES, Level.provincial, parameters(period).awards.provincial_application)


class provincial_data_award(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(五) data titles, provincial"

    def formula(firm, period, parameters):
        return once_each(firm, period, DATA_TITLES, Level.provincial, parameters(period).awards.provincial_data)


class national_dataset_award(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(六) datasets, national"

    def formula(firm, period, parameters):
        listed = titled(firm, period, Title.high_quality_dataset_pilot, Level.national)
        return firm.sum(listed) * parameters(period).awards.national_dataset


class provincial_dataset_award(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(六) datasets, provincial"

    def formula(firm, period, parameters):
        listed = titled(firm, period, Title.high_quality_dataset_pilot, Level.provincial)
        return firm.sum(listed) * parameters(period).awards.provincial_dataset


class data_product_sales(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(六) sales of data products"

    def formula(firm, period, parameters):
        rule = parameters(period).data_product_sales
        held = of_kind(firm, period, Kind.data_product_year) & firm.members("registered", period)
        held = held & (firm.members("sales", period) >= rule.threshold)
        for year in range(FIRST_SALES_YEAR, period.start.year):
            held = held & (firm.members("sales", str(year)) < rule.threshold)
        return firm.sum(held) * rule.amount


class dcmm_pilot(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(六) DCMM pilot"

    def formula(firm, period, parameters):
        return once_each(firm, period, (Title.dcmm_pilot,), Level.provincial, parameters(period).awards.dcmm_pilot)


class cdo_pilot(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(六) CDO pilot"

    def formula(firm, period, parameters):
        return once_each(firm, period, (Title.cdo_pilot,), Level.provincial, parameters(period).awards.cdo_pilot)


class data_ip_certificate(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(七) data IP certificates"

    def formula(firm, period, parameters):
        rule = parameters(period).data_ip_certificate
        return numpy.minimum(firm.sum(of_kind(firm, period, Kind.data_ip_certificate)) * rule.each, rule.year_limit)


class data_ip_licence(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(七) data IP licences and transfers"

    def formula(firm, period, parameters):
        rule = parameters(period).data_ip_licence
        role = firm.members("role", period)
        held = of_kind(firm, period, Kind.data_ip_licence) & ((role == Role.licensee) | (role == Role.transferee))
        return yearly_sum(firm, held, wide(firm.members("paid", period)) * rule.rate, rule.year_limit)


class data_ip_pledge_loan(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "三(七) interest on loans pledged on data IP"

    def formula(firm, period, parameters):
        rule = parameters(period).data_ip_pledge_loan
        held = of_kind(firm, period, Kind.pledge_loan_interest)
        return yearly_sum(firm, held, wide(firm.members("paid", period)) * rule.rate, rule.year_limit)


class total_support(Variable):
    value_type = float
    entity = Firm
    definition_period = YEAR
    label = "All sixteen together"

    def formula(firm, period):
        return sum(wide(firm(name, period)) for name in BENEFITS)
