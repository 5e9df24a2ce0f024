"""``python -m tests.schemas.oscar_tables``: make the tables of every model of the settings' apps."""

from __future__ import annotations

import django
from django.apps import apps
from django.db import connection


def main() -> None:
    """Let Django's schema editor make all tables in one transaction, the foreign keys last."""
    django.setup()
    with connection.schema_editor() as editor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy and not model._meta.auto_created:
                editor.create_model(model)


if __name__ == "__main__":
    main()
