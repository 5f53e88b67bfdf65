from __future__ import annotations

import csv
import io
import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from common.scopes import across_merchants
from eligibility.reviews.export import Export, TrainingRow, training_export
from vault.audit.services import record


class Command(BaseCommand):
    help = "Write what two people agreed on, of merchants who consent, in the corpus' format: title, brand, category."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, help="A file; to the terminal without it.")
        parser.add_argument("--format", choices=["csv", "jsonl"], default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        with across_merchants("an export for training holds every consenting merchant's titles"), transaction.atomic():
            export = training_export()
            record(
                action="training_data.exported", subject="eligibility.TrainingData", subject_id=options["format"],
                details={"rows": len(export.rows)},
            )  # fmt: skip
        text = as_csv(export.rows) if options["format"] == "csv" else as_json_lines(export.rows)
        if options["output"]:
            options["output"].write_text(text, encoding="utf-8", newline="")
        else:
            self.stdout.write(text, ending="")
        self.stderr.write(said(export))


def as_csv(rows: list[TrainingRow]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["title", "brand", "category"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return out.getvalue()


def as_json_lines(rows: list[TrainingRow]) -> str:
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def said(export: Export) -> str:
    left_out = ", ".join(f"{count} ({why})" for why, count in sorted(export.left_out.items()) if count)
    return f"{len(export.rows)} rows; left out: {left_out or 'none'}"
