"""What stands in a case: what was claimed and lowered, what departments found, and that a decision is the answer pinned with it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

#: Raises, as a violated check, where a case is further than its reviews and its pinned answer carry it: asked at the end of a
#: transaction that moved it there.
CASE_STANDS = """
CREATE FUNCTION case_stands(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one cases_case%ROWTYPE;
    pinned jsonb;
BEGIN
    SELECT * INTO one FROM cases_case WHERE id = wanted;
    IF NOT FOUND OR one.state NOT IN ('reviewed', 'decided', 'ready') THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM cases_review r WHERE r.case_id = wanted AND r.lead)
        OR EXISTS (SELECT FROM cases_review r WHERE r.case_id = wanted AND r.verdict = '') THEN
        RAISE EXCEPTION 'case %: % before every department has found', wanted, one.state USING ERRCODE = 'check_violation';
    END IF;
    IF one.state = 'reviewed' THEN
        RETURN;
    END IF;
    SELECT a.answer::jsonb INTO pinned FROM cases_assessed a
        WHERE a.case_id = wanted AND a.purpose = 'decided' ORDER BY a.id DESC LIMIT 1;
    IF pinned IS NULL OR EXISTS (
        SELECT FROM cases_caseline l JOIN facts_fact f ON f.id = l.fact_id
        WHERE l.case_id = wanted AND l.computed <> coalesce((
            SELECT sum(100 * (paid ->> 'amount')::numeric)
            FROM jsonb_array_elements(pinned -> 'benefits') due, jsonb_array_elements(due -> 'facts') paid
            WHERE due ->> 'policy' = l.policy AND due ->> 'id' = l.benefit AND paid ->> 'id' = f.key
        ), 0)
    ) THEN
        RAISE EXCEPTION 'case %: what it computed is not the answer that was pinned', wanted USING ERRCODE = 'check_violation';
    END IF;
END
$$
"""
DROP_CASE_STANDS = "DROP FUNCTION case_stands(bigint)"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_guards"),
        ("facts", "0003_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(CASE_STANDS, DROP_CASE_STANDS),
        pgtrigger.migrations.RemoveTrigger(
            model_name="caseline",
            name="lines_stand_still",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="case",
            trigger=pgtrigger.compiler.Trigger(
                name="the_case_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"state\" IN ('reviewed', 'decided', 'ready'))",
                    constraint="CONSTRAINT",
                    func="PERFORM case_stands(NEW.id); RETURN NULL;",
                    hash="d268210bf696ec054df31412884358769bf88c52",
                    operation='UPDATE OF "state"',
                    pgid="pgtrigger_the_case_stands_fd0de",
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
                    func="\n    SELECT c.state INTO stands FROM cases_case c WHERE c.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.case_id ELSE OLD.case_id END;\n    IF TG_OP <> 'UPDATE' THEN\n        IF stands NOT IN ('draft', 'correction') THEN\n            RAISE EXCEPTION 'lines of a case that is % are neither added nor removed', stands USING ERRCODE = 'check_violation';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n            RETURN OLD;\n        END IF;\n        IF NEW.granted IS NOT NULL OR NEW.computed IS NOT NULL THEN\n            RAISE EXCEPTION 'a line does not begin granted' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    END IF;\n    IF stands IN ('decided', 'ready', 'withdrawn') THEN\n        RAISE EXCEPTION 'lines of a case that is % do not change', stands USING ERRCODE = 'check_violation';\n    END IF;\n    IF (NEW.case_id, NEW.policy, NEW.benefit) IS DISTINCT FROM (OLD.case_id, OLD.policy, OLD.benefit)\n        OR (NEW.fact_id <> OLD.fact_id AND stands NOT IN ('draft', 'correction')) THEN\n        RAISE EXCEPTION 'a line claims what it was made for' USING ERRCODE = 'check_violation';\n    END IF;\n    IF stands NOT IN ('draft', 'correction') AND NEW.claimed IS DISTINCT FROM OLD.claimed THEN\n        RAISE EXCEPTION 'what was claimed stands in a case that is %', stands USING ERRCODE = 'check_violation';\n    END IF;\n    IF stands NOT IN ('draft', 'correction', 'review')\n        AND (NEW.lowered, NEW.lowered_why, NEW.lowered_by_id) IS DISTINCT FROM (OLD.lowered, OLD.lowered_why, OLD.lowered_by_id) THEN\n        RAISE EXCEPTION 'no amount is lowered in a case that is %', stands USING ERRCODE = 'check_violation';\n    END IF;\n    IF stands <> 'reviewed' AND (\n        (NEW.granted IS NOT NULL AND NEW.granted IS DISTINCT FROM OLD.granted)\n        OR (NEW.computed IS NOT NULL AND NEW.computed IS DISTINCT FROM OLD.computed)\n    ) THEN\n        RAISE EXCEPTION 'nothing is granted in a case that is %', stands USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="fe01ba34737530924591b9102bede3c221731a44",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_lines_stand_still_9eead",
                    table="cases_caseline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="found_in_review",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n    SELECT c.state INTO stands FROM cases_case c WHERE c.id = NEW.case_id;\n    IF stands <> 'review' THEN\n        RAISE EXCEPTION 'no department finds in a case that is %', stands USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="ee2ef55972e76a81aaa963d22681819e2a6d27a4",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_found_in_review_99987",
                    table="cases_review",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted", None), ("granted", models.F("computed")), ("granted_why__gt", ""), _connector="OR"),
                name="less_is_granted_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted", None), ("ceiling", False), ("computed", 0), ("granted_why__gt", ""), _connector="OR"),
                name="a_ceiling_is_granted_with_a_reason",
            ),
        ),
    ]
