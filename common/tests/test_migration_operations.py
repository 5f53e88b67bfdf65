"""Operations of migrations that Django has not."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from common.migration_operations import CreateModels

pytestmark = pytest.mark.django_db
SHELF = CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])
JAR = CreateModel(
    "Jar", [("id", models.BigAutoField(primary_key=True)), ("shelf", models.ForeignKey("common.shelf", models.CASCADE))]
)


def tables():
    return {"common_shelf", "common_jar"} & set(connection.introspection.table_names())


@pytest.mark.parametrize("is_rendered", [True, False])
def test_models_of_one_operation_come_and_go_together(is_rendered):
    operation, before = CreateModels([SHELF, JAR]), ProjectState()
    if is_rendered:
        assert before.apps
    after = before.clone()
    operation.state_forwards("common", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("common", editor, before, after)
    shelf, jar = (after.apps.get_model("common", name) for name in ("shelf", "jar"))
    jar.objects.create(shelf=shelf.objects.create())
    assert (tables(), shelf.objects.get().jar_set.count()) == ({"common_shelf", "common_jar"}, 1)
    jar.objects.all().delete()
    connection.check_constraints()

    with connection.schema_editor() as editor:
        operation.database_backwards("common", editor, after, before)
    assert tables() == set()


def test_what_it_makes_is_what_django_makes_one_by_one():
    together, apart = ProjectState(), ProjectState()
    CreateModels([SHELF, JAR]).state_forwards("common", together)
    for operation in (SHELF, JAR):
        operation.state_forwards("common", apart)

    assert together == apart
