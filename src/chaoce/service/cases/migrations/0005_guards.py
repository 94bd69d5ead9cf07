"""Guards in the database: what a case granted is what its firm received; what was handed in and decided stands still."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

#: Raises, as a violated check, where a case does not hold together: asked when a transaction ends that touched it.
CASE_HOLDS = """
CREATE FUNCTION case_holds(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one cases_case%ROWTYPE;
    all_granted numeric;
    all_received numeric;
BEGIN
    SELECT * INTO one FROM cases_case WHERE id = wanted;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF (one.state = 'correction') <> EXISTS (SELECT FROM cases_correction c WHERE c.case_id = wanted AND c.answered_at IS NULL) THEN
        RAISE EXCEPTION 'case %: state % does not go with its corrections', wanted, one.state USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(r.amount), 0) INTO all_received
        FROM facts_received r JOIN cases_caseline l ON l.id = r.case_line_id
        WHERE l.case_id = wanted AND r.withdrawn_at IS NULL;
    IF one.state NOT IN ('decided', 'ready') THEN
        IF all_received <> 0 OR EXISTS (
            SELECT FROM cases_caseline l WHERE l.case_id = wanted AND (l.granted IS NOT NULL OR l.computed IS NOT NULL)
        ) THEN
            RAISE EXCEPTION 'case %: nothing is granted while it is %', wanted, one.state USING ERRCODE = 'check_violation';
        END IF;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM cases_caseline l WHERE l.case_id = wanted)
        OR EXISTS (SELECT FROM cases_caseline l WHERE l.case_id = wanted AND (l.granted IS NULL OR l.computed IS NULL)) THEN
        RAISE EXCEPTION 'case %: decided without an amount for every line', wanted USING ERRCODE = 'check_violation';
    END IF;
    SELECT sum(l.granted) INTO all_granted FROM cases_caseline l WHERE l.case_id = wanted;
    IF (one.outcome = 'refused') <> (all_granted = 0) THEN
        RAISE EXCEPTION 'case %: outcome % with % fen granted', wanted, one.outcome, all_granted USING ERRCODE = 'check_violation';
    END IF;
    IF all_received <> all_granted OR EXISTS (
        SELECT FROM cases_caseline l JOIN facts_fact f ON f.id = l.fact_id
        WHERE l.case_id = wanted AND l.granted <> coalesce((
            SELECT sum(r.amount) FROM facts_received r JOIN calls_call c ON c.id = one.call_id
            WHERE r.case_line_id = l.id AND r.withdrawn_at IS NULL AND r.firm_id = one.firm_id AND r.policy = l.policy
                AND r.benefit = l.benefit AND r.year = c.year AND r.matter = ANY (f.matters)
        ), 0)
    ) THEN
        RAISE EXCEPTION 'case %: what it granted is not what its firm received', wanted USING ERRCODE = 'check_violation';
    END IF;
END
$$
"""
DROP_CASE_HOLDS = "DROP FUNCTION case_holds(bigint)"


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0003_events"),
        ("cases", "0004_bulk_run"),
        ("facts", "0002_initial"),
        ("firms", "0002_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(CASE_HOLDS, DROP_CASE_HOLDS),
        migrations.RemoveConstraint(
            model_name="case",
            name="an_outcome_when_decided",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="a_number_once_submitted",
        ),
        migrations.RemoveConstraint(
            model_name="caseline",
            name="lowered_with_a_reason",
        ),
        migrations.AddField(
            model_name="correction",
            name="before",
            field=models.JSONField(default=dict),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="a_case_keeps_its_own",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (NEW.firm_id, NEW.call_id, NEW.created_at, NEW.created_by_id, NEW.ready_made)\n        IS DISTINCT FROM (OLD.firm_id, OLD.call_id, OLD.created_at, OLD.created_by_id, OLD.ready_made) THEN\n        RAISE EXCEPTION 'case %: firm, call and beginning never change', OLD.id USING ERRCODE = 'check_violation';\n    END IF;\n    IF OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN\n        RAISE EXCEPTION 'case %: its number is kept', OLD.id USING ERRCODE = 'check_violation';\n    END IF;\n    IF OLD.state <> 'draft' AND NEW.guide_id <> OLD.guide_id THEN\n        RAISE EXCEPTION 'case %: the guide never changes under a running case', OLD.id USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="3837ec5fa515cd2f8832511431801a176c999898",
                    operation="UPDATE",
                    pgid="pgtrigger_a_case_keeps_its_own_ca82f",
                    table="cases_case",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="the_guide_is_of_the_call",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF NOT EXISTS (SELECT FROM calls_guide g WHERE g.id = NEW.guide_id AND g.call_id = NEW.call_id AND g.published_at IS NOT NULL) THEN\n        RAISE EXCEPTION 'guide % is not a published one of call %', NEW.guide_id, NEW.call_id USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="ee21f1eb256828862eaadb45162e3920dfc70235",
                    operation='INSERT OR UPDATE OF "guide_id"',
                    pgid="pgtrigger_the_guide_is_of_the_call_dc9b1",
                    table="cases_case",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="the_case_holds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="PERFORM case_holds(NEW.id); RETURN NULL;",
                    hash="ecf6921d5429b682d0afc51f91dfe9f0abbcea52",
                    operation='UPDATE OF "state", "outcome"',
                    pgid="pgtrigger_the_case_holds_31a2b",
                    table="cases_case",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseline",
            trigger=pgtrigger.compiler.Trigger(
                name="lines_stand_still",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n    SELECT c.state INTO stands FROM cases_case c WHERE c.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.case_id ELSE OLD.case_id END;\n    IF TG_OP <> 'UPDATE' THEN\n        IF stands NOT IN ('draft', 'correction') THEN\n            RAISE EXCEPTION 'lines of a case that is % are neither added nor removed', stands USING ERRCODE = 'check_violation';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n            RETURN OLD;\n        END IF;\n        IF NEW.granted IS NOT NULL OR NEW.computed IS NOT NULL THEN\n            RAISE EXCEPTION 'a line does not begin granted' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    END IF;\n    IF stands IN ('decided', 'ready', 'withdrawn') THEN\n        RAISE EXCEPTION 'lines of a case that is % do not change', stands USING ERRCODE = 'check_violation';\n    END IF;\n    IF (NEW.case_id, NEW.policy, NEW.benefit) IS DISTINCT FROM (OLD.case_id, OLD.policy, OLD.benefit)\n        OR (NEW.fact_id <> OLD.fact_id AND stands NOT IN ('draft', 'correction')) THEN\n        RAISE EXCEPTION 'a line claims what it was made for' USING ERRCODE = 'check_violation';\n    END IF;\n    IF stands <> 'reviewed' AND (\n        (NEW.granted IS NOT NULL AND NEW.granted IS DISTINCT FROM OLD.granted)\n        OR (NEW.computed IS NOT NULL AND NEW.computed IS DISTINCT FROM OLD.computed)\n    ) THEN\n        RAISE EXCEPTION 'nothing is granted in a case that is %', stands USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="7441e75a89f67491ed5163fe9a12f5442a7750f4",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_lines_stand_still_9eead",
                    table="cases_caseline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseline",
            trigger=pgtrigger.compiler.Trigger(
                name="the_case_holds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."computed" IS DISTINCT FROM (NEW."computed") OR OLD."granted" IS DISTINCT FROM (NEW."granted"))',
                    constraint="CONSTRAINT",
                    func="PERFORM case_holds(NEW.case_id); RETURN NULL;",
                    hash="84e529f5ebe9a7cadd4dd176d1f41a49d440c382",
                    operation="UPDATE",
                    pgid="pgtrigger_the_case_holds_efb89",
                    table="cases_caseline",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="corrections_are_not_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d03b6fd9e78beef451c571dd9a5d54315ac9ca23",
                    operation="DELETE",
                    pgid="pgtrigger_corrections_are_not_deleted_dd268",
                    table="cases_correction",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="a_correction_is_answered_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."answered_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="d8f5e70b4736f7ab47989937b38bc097f897c507",
                    operation="UPDATE",
                    pgid="pgtrigger_a_correction_is_answered_once_0cd2f",
                    table="cases_correction",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="the_case_holds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="PERFORM case_holds(NEW.case_id); RETURN NULL;",
                    hash="073af500992cd0e652d53f2f8540d5b16b64f0d0",
                    operation='INSERT OR UPDATE OF "answered_at"',
                    pgid="pgtrigger_the_case_holds_b8f6e",
                    table="cases_correction",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opinion",
            trigger=pgtrigger.compiler.Trigger(
                name="opinions_are_not_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="9a50f5f2cdbbcfa6f584ad81b8556c021a3f5eb5",
                    operation="DELETE",
                    pgid="pgtrigger_opinions_are_not_deleted_1581f",
                    table="cases_opinion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opinion",
            trigger=pgtrigger.compiler.Trigger(
                name="an_opinion_is_given_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."answered_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="061ee50125074f7aed10f2252994de21c8376b82",
                    operation="UPDATE",
                    pgid="pgtrigger_an_opinion_is_given_once_f601f",
                    table="cases_opinion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="reviews_are_not_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="da3bb638a8b22153e8249083410f77287c41f91d",
                    operation="DELETE",
                    pgid="pgtrigger_reviews_are_not_deleted_eb448",
                    table="cases_review",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visit",
            trigger=pgtrigger.compiler.Trigger(
                name="visits_are_added_to",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="302b8348484fc9c9e5824f87afe387bda3aa870b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_visits_are_added_to_d2488",
                    table="cases_visit",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("outcome__gt", ""),
                        ("state__in", ["decided", "ready"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["decided", "ready"]), _negated=True),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("outcome", ""),
                    ),
                    _connector="OR",
                ),
                name="an_outcome_when_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    ("state", "withdrawn"),
                    models.Q(("number__isnull", False), ("submitted_at__isnull", False), ("submitted_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_number_once_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clock_stopped_at__isnull", False), ("state", "correction")),
                    models.Q(models.Q(("state", "correction"), _negated=True), ("clock_stopped_at", None)),
                    _connector="OR",
                ),
                name="the_clock_stands_in_a_correction",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claimed", None), ("claimed__gte", 0), _connector="OR"),
                    models.Q(("computed", None), ("computed__gte", 0), _connector="OR"),
                ),
                name="amounts_are_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lowered", None), ("lowered_by", None), ("lowered_why", "")),
                    models.Q(
                        ("lowered__gte", 0), ("lowered__lt", models.F("claimed")), ("lowered_by__isnull", False), ("lowered_why__gt", "")
                    ),
                    _connector="OR",
                ),
                name="lowered_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict", ""), models.Q(("at__isnull", False), ("by__isnull", False)), _connector="OR"),
                name="a_verdict_is_somebodys",
            ),
        ),
    ]
