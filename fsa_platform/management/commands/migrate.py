from __future__ import annotations

import gc
from typing import Any

from django.core.management.commands import migrate

SELDOM = (200_000, 10, 10)


class Command(migrate.Command):
    """Django's own, with the garbage collector seldom at work.

    A fresh schema renders 35,000 classes of models. Looking through them for garbage as often as usual is a fifth of the time.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        usual = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        try:
            super().handle(*args, **options)
        finally:
            gc.set_threshold(*usual)
            gc.unfreeze()
