"""Seal the names and addresses of everybody there is; who signed in with an address as username gets their id for one."""

from django.db import migrations

from people.models import email_index

SEALED = ("email", "first_name", "last_name")
READ = "SELECT id, public_id, email, first_name, last_name FROM people_user ORDER BY id FOR UPDATE"
WRITE = "UPDATE people_user SET email = %s, first_name = %s, last_name = %s, email_index = %s WHERE id = %s"


def seal(apps, editor):
    fields = [apps.get_model("people", "User")._meta.get_field(name) for name in SEALED]
    with editor.connection.cursor() as cursor:
        cursor.execute(READ)
        for pk, public_id, *clear in cursor.fetchall():
            tokens = [field.seal((None, public_id), text or "") for field, text in zip(fields, clear, strict=True)]
            cursor.execute(WRITE, [*tokens, email_index(clear[0] or ""), pk])
        cursor.execute("UPDATE people_user SET username = public_id WHERE username LIKE %s", ["%@%"])


def unseal(apps, editor):
    fields = [apps.get_model("people", "User")._meta.get_field(name) for name in SEALED]
    with editor.connection.cursor() as cursor:
        cursor.execute(READ)
        for pk, public_id, *tokens in cursor.fetchall():
            clear = [field.unseal((None, public_id), token) for field, token in zip(fields, tokens, strict=True)]
            cursor.execute(WRITE, [*clear, None, pk])


class Migration(migrations.Migration):
    dependencies = [("people", "0004_sealed_people")]
    operations = [migrations.RunPython(seal, unseal)]
