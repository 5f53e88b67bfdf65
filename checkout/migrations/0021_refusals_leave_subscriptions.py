from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def move(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A refusal is the card's: it holds for every subscription of it."""
    cards = apps.get_model("checkout", "SavedCard")._base_manager
    for row in apps.get_model("checkout", "SubscriptionCard")._base_manager.exclude(refused_code=""):
        cards.filter(pk=row.saved_card_id).update(refused_code=row.refused_code)


class Migration(migrations.Migration):
    dependencies = [("checkout", "0020_refusals_of_saved_cards")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="subscriptioncard", name="refused_code"),
    ]
