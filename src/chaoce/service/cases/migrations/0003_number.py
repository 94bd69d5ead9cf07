"""The running number of cases."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """A sequence: numbers are never given twice, whoever asks at the same moment."""

    dependencies = [("cases", "0002_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE cases_number", "DROP SEQUENCE cases_number")]
