"""What was withdrawn stays so; what a case granted is what its firm received."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_guards"),
        ("documents", "0002_initial"),
        ("facts", "0002_initial"),
        ("firms", "0002_initial"),
        ("lists", "0003_take_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="fact",
            trigger=pgtrigger.compiler.Trigger(
                name="withdrawn_facts_stay_so",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."withdrawn_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="4433e0817dadbda6a628c7486c87a425d3d894e8",
                    operation="UPDATE",
                    pgid="pgtrigger_withdrawn_facts_stay_so_d7759",
                    table="facts_fact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="received",
            trigger=pgtrigger.compiler.Trigger(
                name="withdrawn_received_stays_so",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."withdrawn_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="71113b567401a3ef74ff38dae2b4f9f8e256e3a5",
                    operation="UPDATE",
                    pgid="pgtrigger_withdrawn_received_stays_so_b4002",
                    table="facts_received",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="received",
            trigger=pgtrigger.compiler.Trigger(
                name="the_case_holds",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."case_line_id" IS NOT NULL)',
                    constraint="CONSTRAINT",
                    func="PERFORM case_holds((SELECT l.case_id FROM cases_caseline l WHERE l.id = NEW.case_line_id)); RETURN NULL;",
                    hash="2581b7d342b4431e735af34094d24068e9f10388",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_the_case_holds_ddae6",
                    table="facts_received",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="fact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_why", "")),
                    ("withdrawn_at__isnull", False),
                    _connector="OR",
                ),
                name="fact_withdrawn_or_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="received",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_why", "")),
                    ("withdrawn_at__isnull", False),
                    _connector="OR",
                ),
                name="received_withdrawn_or_standing",
            ),
        ),
    ]
