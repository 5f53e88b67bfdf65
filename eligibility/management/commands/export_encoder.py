from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.encoder import encoder_dir
from eligibility.encoder_export import EncoderSourceBroken, export_encoder


class Command(BaseCommand):
    help = "Export the sentence encoder to ONNX (int8) into ENCODER_DIR. Does nothing when it is there already."
    requires_system_checks = []  # runs at set-up, before there is a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="Export again even if the folder is up to date.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = encoder_dir()
        try:
            is_new = export_encoder(folder, force=options["force"])
        except EncoderSourceBroken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Encoder {'exported to' if is_new else 'is up to date in'} {folder}")
