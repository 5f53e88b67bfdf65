from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.classifier.errors import CorpusBroken
from eligibility.classifier.model import MODEL_DIR
from eligibility.encoder import Encoder, encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy

TRAINING_THREADS = 2


class Command(BaseCommand):
    help = "Train the eligibility model on eligibility/data/corpus/*.csv and write eligibility/data/model/."
    requires_system_checks = []  # works on files alone

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--corpus", type=Path, help="Another folder with corpus files.")
        parser.add_argument("--output", type=Path, default=MODEL_DIR, help="Another folder for the model.")

    def handle(self, *args: Any, **options: Any) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin for each other crawl on a busy machine
        from eligibility.classifier.training.corpus import CORPUS_DIR, load_corpus
        from eligibility.classifier.training.train import train

        started = time.monotonic()
        try:
            rows = load_corpus(taxonomy(), options["corpus"] or CORPUS_DIR)
        except CorpusBroken as error:
            raise CommandError(str(error)) from error
        export_encoder(encoder_dir())
        encoder = Encoder(encoder_dir(), threads=TRAINING_THREADS)

        def say(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.0f} s  {line}")
            self.stdout.flush()

        trained = train(rows=rows, taxonomy=taxonomy(), encoder=encoder, folder=options["output"], say=say)
        say(f"model {trained.version} in {options['output']}")
        self.stdout.write(json.dumps(trained.metrics))
