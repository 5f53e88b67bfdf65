"""Columns for sealed names and addresses. The values are sealed by the next migration."""

from django.core.validators import RegexValidator
from django.db import migrations, models

import people.models
import vault.fields


class Migration(migrations.Migration):
    dependencies = [("people", "0003_sign_ins")]
    operations = [
        migrations.RemoveConstraint("user", "user_email_once"),
        migrations.AddField(
            "user", "email_index",
            people.models.EmailIndexField(editable=False, error_messages={"unique": "Someone already signs in with this e-mail address."}, max_length=64, null=True, unique=True),
        ),
        migrations.AlterField("user", "email", vault.fields.PlatformSealedEmailField(blank=True, default="", verbose_name="e-mail address")),
        migrations.AlterField("user", "first_name", vault.fields.PlatformSealedTextField(blank=True, default="", verbose_name="first name")),
        migrations.AlterField("user", "last_name", vault.fields.PlatformSealedTextField(blank=True, default="", verbose_name="last name")),
        migrations.AlterField(
            "user", "username",
            models.CharField(
                error_messages={"unique": "Someone already signs in with this username."}, help_text="Letters, digits and . + - _ only.", max_length=150, unique=True,
                validators=[RegexValidator(people.models.USERNAME, "Letters, digits and . + - _ only.")],
            ),
        ),
    ]
