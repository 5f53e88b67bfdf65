"""The demo's group “Support” becomes the staff role of that name; its permissions are set after the migration."""

from django.db import migrations


def rename(apps, old, new):
    Group = apps.get_model("auth", "Group")
    if not Group.objects.filter(name=new).exists():
        Group.objects.filter(name=old).update(name=new)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [
        migrations.RunPython(lambda apps, editor: rename(apps, "Support", "support"), lambda apps, editor: rename(apps, "support", "Support"))
    ]
