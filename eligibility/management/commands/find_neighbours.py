from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from eligibility.encoder import Encoder, encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy
from eligibility.text import normalise

THREADS = 2


class Command(BaseCommand):
    help = "Put the training titles by which a model's decisions are explained beside the model; training does it by itself."
    requires_system_checks = []  # works on files alone

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="A model's folder; the shipped one if left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        from eligibility.classifier.model import MODEL_DIR, load_model
        from eligibility.classifier.neighbours import find_neighbours, save_neighbours
        from eligibility.classifier.training.corpus import load_corpus

        folder = options["folder"] or MODEL_DIR
        columns = {code: at for at, code in enumerate(load_model(folder, taxonomy(), with_neighbours=False).codes)}
        rows = [row for row in load_corpus(taxonomy()) if row.category in columns]
        texts = [normalise(row.title, row.brand) for row in rows]
        export_encoder(encoder_dir())
        vectors = Encoder(encoder_dir(), threads=THREADS).encode(texts)
        found = find_neighbours(texts, np.array([columns[row.category] for row in rows]), vectors)
        save_neighbours(folder, found)
        self.stdout.write(f"{len(found.places)} of {len(rows)} titles in {folder}")
