from __future__ import annotations

import csv
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.classifier.errors import CorpusBroken
from eligibility.reviews.personal import seems_personal
from eligibility.taxonomy import taxonomy

NAME = re.compile(r"^[a-z0-9_]{1,40}$")


class Command(BaseCommand):
    help = "Check an export of human decisions and add it to a corpus folder as human_<name>.csv, without titles that are there."
    requires_system_checks = []  # works on files alone

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="What export_training_data wrote as CSV.")
        parser.add_argument("--corpus", type=Path, help="The corpus folder; the project's own without it.")
        parser.add_argument("--name", default="agreed", help="The file will be human_<name>.csv.")

    def handle(self, *args: Any, **options: Any) -> None:
        from eligibility.classifier.training.corpus import CORPUS_DIR, load_corpus

        if not NAME.match(options["name"]):
            raise CommandError("A name has small letters, digits and underscores.")
        folder = options["corpus"] or CORPUS_DIR
        target = folder / f"human_{options['name']}.csv"
        rows = read(options["file"])
        try:
            known = (
                {row.title.casefold(): row.category for row in load_corpus(taxonomy(), folder) if row.title}
                if not target.exists()
                else None
            )
        except CorpusBroken as error:
            raise CommandError(str(error)) from error
        if known is None:
            raise CommandError(f"{target.name} is there already: choose another --name, or take it away first.")
        fresh = [row for row in rows if row["title"].casefold() not in known]
        by_name = taxonomy().by_name
        differ = [
            row
            for row in rows
            if known.get(row["title"].casefold(), by_name[row["category"]].code) != by_name[row["category"]].code
        ]
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["title", "brand", "category"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(fresh)
        self.stdout.write(f"{len(fresh)} rows in {target}; {len(rows) - len(fresh)} were in the corpus already.")
        for row in differ:
            self.stderr.write(f"The corpus says otherwise about “{row['title']}”: people say {row['category']}.")


def read(path: Path) -> list[dict[str, str]]:
    """The rows of an export, refused whole if one names no category, has no title, or seems personal."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            {name: (record.get(name) or "").strip() for name in ("title", "brand", "category")} for record in csv.DictReader(file)
        ]
    for line, row in enumerate(rows, start=2):
        if not row["title"] or row["category"] not in taxonomy().by_name:
            raise CommandError(f"{path.name} line {line}: no title, or no category of the taxonomy.")
        if seems_personal(f"{row['brand']} {row['title']}"):
            raise CommandError(f"{path.name} line {line}: the title seems personal.")
    return rows
