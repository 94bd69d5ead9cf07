"""A row of every model of the service: run as a program on a database of its own, it fills what is empty and prints the counts.

Values are made up from the kinds of fields; what a constraint wants otherwise stands in `_SPECIAL`.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import django
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone


def own_models() -> list[type[models.Model]]:
    """The models of the service's own apps."""
    return [model for model in apps.get_models() if model.__module__.startswith("chaoce.service.")]


def own_apps() -> list[str]:
    """The labels of the service's own apps that have migrations."""
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None).migrated_apps
    return [config.label for config in apps.get_app_configs() if config.name.startswith("chaoce.service.") and config.label in known]


def _membership() -> dict[str, Any]:
    return {"role": "office", "firm": None, "department": None, "town": None}


_SPECIAL: dict[str, Callable[[], dict[str, Any]]] = {
    "people.Membership": _membership,
    "calls.Call": lambda: {"opens_at": timezone.now(), "closes_at": timezone.now() + timedelta(days=9)},
    "facts.Fact": lambda: {"matters": ["invoice:1"], "bases": ["invoice:1"], "raw": {"id": "a"}},
}


def fill(model: type[models.Model]) -> models.Model:
    """The first row of a model, made where there is none."""
    found = model._default_manager.order_by("pk").first()
    if found is not None:
        return found
    given = _SPECIAL.get(model._meta.label, dict)()
    for field in model._meta.concrete_fields:
        if field.name not in given and not field.primary_key and not field.has_default():
            value = _value(field)
            if value is not None:
                given[field.name] = value
    if isinstance(model._meta.pk, models.CharField):
        given[model._meta.pk.name] = "1"
    with transaction.atomic():
        row = model._default_manager.create(**given)
        for many in model._meta.many_to_many:
            getattr(row, many.name).add(fill(many.related_model))
    return row


def _value(field: models.Field) -> Any:
    """Something that the field can hold; None where it may be left out."""
    if isinstance(field, models.ForeignKey):
        return None if field.null else fill(field.related_model)
    if field.null or field.blank:
        return None
    if field.choices:
        return next(iter(field.flatchoices))[0]
    made: dict[type[models.Field], Any] = {
        models.UUIDField: uuid.uuid4(),
        models.DateTimeField: timezone.now(),
        models.DateField: date(2026, 3, 1),
        models.BooleanField: False,
        models.EmailField: "somebody@example.org",
        models.JSONField: {},
        models.DurationField: timedelta(0),
        models.IntegerField: 1,
        models.CharField: field.name[: field.max_length],
        models.TextField: field.name,
        models.BinaryField: b"0",
    }
    for kind, value in made.items():
        if isinstance(field, kind):
            return value
    return [field.name]  # arrays


def _go_through_cases() -> None:
    """What the database only takes in order: a case decided, and one back with the firm."""
    from chaoce.service.cases import steps
    from service import kit

    call = kit.make_call()
    case, _owner, lead = kit.reviewed(call)
    head = kit.make_member("head", department=call.lead)
    line = case.lines.get()
    steps.decide(case, head, case.version, {line.pk: (line.claimed, "as the text says")})
    case, _owner = kit.submitted(call)
    steps.send_back(case, lead, case.version, [{"text": "more", "fact": ""}], date(2099, 1, 1))


def counts() -> dict[str, int]:
    """Rows of every table of this database but Django's record of migrations."""
    with connection.cursor() as cursor:
        names = sorted(set(connection.introspection.table_names(cursor)) - {"django_migrations"})
        found = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = cursor.fetchone()[0]
        return found


def main() -> None:
    """Fills and says how many rows each table has now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.test")
    django.setup()
    _go_through_cases()
    for model in own_models():
        fill(model)
    print(json.dumps(counts()))


if __name__ == "__main__":
    main()
