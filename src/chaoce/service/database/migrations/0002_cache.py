"""The table of the cache that the processes share: counts of wrong passwords and used codes hold whichever process is asked."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """As `createcachetable` would make it, but by the role that owns the tables."""

    dependencies = [("database", "0001_roles")]
    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE chaoce_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX chaoce_cache_expires ON chaoce_cache (expires)",
            ],
            ["DROP TABLE chaoce_cache"],
        )
    ]
