from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.classifier.errors import ModelBroken, ModelMissing
from eligibility.classifier.evaluation import STATUSES, LabelledFileBroken, evaluate, read_labelled
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder


class Command(BaseCommand):
    help = (
        "Measure the eligibility model on a CSV file with the columns title, brand (optional) and label "
        "(eligible, rx, letter or lmn, not_eligible). The last line is JSON."
    )
    requires_system_checks = []  # works on files alone

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="Only the JSON line.")
        parser.add_argument("--all-columns", action="store_true", help="Also read the columns category and description.")
        parser.add_argument("--errors", action="store_true", help="Also list the titles judged otherwise than labelled.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = read_labelled(options["file"])
            export_encoder(encoder_dir())
            figures, predictions = evaluate(rows, all_columns=options["all_columns"])
        except (LabelledFileBroken, ModelMissing, ModelBroken) as error:
            raise CommandError(str(error)) from error
        if options["errors"]:
            for row, prediction in zip(rows, predictions, strict=True):
                guess = "eligible" if prediction.forced_status == "rx" else prediction.forced_status
                if guess != row.label:
                    self.stdout.write(
                        f"{row.label:>12} judged {guess:<12} {prediction.confidence:.2f} "
                        f"{'' if prediction.above_threshold else '(unknown) '}{prediction.category}: {row.title[:90]}"
                    )
        if not options["json"]:
            self._print_table(figures)
        self.stdout.write(json.dumps(figures))

    def _print_table(self, figures: dict[str, Any]) -> None:
        self.stdout.write(f"{figures['n']} titles, model {figures['model_version']}\n")
        for name in ("accuracy", "macro_f1", "eligible_precision", "eligible_coverage", "unknown_share", "spoken_accuracy"):
            self.stdout.write(f"  {name.replace('_', ' '):<20} {_shown(figures[name])}")
        self.stdout.write("\nlabelled as    judged " + "".join(f"{status:>14}" for status in STATUSES))
        for label in STATUSES:
            counts = "".join(f"{figures['confusion'][label][status]:>14}" for status in STATUSES)
            self.stdout.write(f"{label:<22}{counts}")
        for level in sorted(name for name in figures if name.startswith("confidence_")):
            part = figures[level]
            self.stdout.write(
                f"\nlabel {level.replace('_', ' ')}: {part['n']} titles, accuracy {_shown(part['accuracy'])}, "
                f"eligible precision {_shown(part['eligible_precision'])}"
            )
        self.stdout.write("")


def _shown(share: float | None) -> str:
    return "none said" if share is None else f"{share:.1%}"
