"""How fast a title is judged, end to end, beside sentence-transformers' bare `encode` in the same run.

python bench/eligibility.py        needs no database; the last line is JSON
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
N_BATCH = 600
N_SINGLE = 200
N_BASKETS = 60
BASKET_SIZE = 10
ROUNDS = 3  # the better of each is taken: other work on the machine only ever makes a run slower
ENDINGS = ("- {} ct", ", {} oz", "({} pack)", "- Pack of {}", ", {} each", "No. {}")


def main() -> None:
    sys.path.insert(0, str(ROOT))
    _set_up_django()
    from eligibility.classifier import TitleItem, classify
    from eligibility.encoder import encoder_dir, shared_encoder
    from eligibility.encoder_export import export_encoder

    export_encoder(encoder_dir())
    classify([TitleItem(title="warm up the model")], use_cache=False)
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the reference brings torch in
    titles = fresh_titles(N_BATCH + N_SINGLE + N_BASKETS * BASKET_SIZE)

    def judge(some: Sequence[str]) -> None:
        classify([TitleItem(title=title) for title in some], use_cache=False)

    ours_s = best_s(lambda: judge(titles[:N_BATCH]))
    one_ms = p50_ms(judge, [[title] for title in titles[N_BATCH : N_BATCH + N_SINGLE]])
    rest = titles[N_BATCH + N_SINGLE :]
    basket_ms = p50_ms(judge, [rest[at : at + BASKET_SIZE] for at in range(0, len(rest), BASKET_SIZE)])
    reference_s = reference_seconds(titles[:N_BATCH])

    result = {
        "titles_per_s": round(N_BATCH / ours_s, 1),
        "reference_titles_per_s": round(N_BATCH / reference_s, 1),
        "batch_ratio": round(reference_s / ours_s, 2),
        "one_p50_ms": round(one_ms, 2),
        "basket10_p50_ms": round(basket_ms, 2),
        "rss_mb": round(rss_mb, 1),
        "encoder_threads": shared_encoder().threads,
        "cpus": os.cpu_count(),
    }
    for name, value in result.items():
        print(f"{name:<24}{value:>10}")
    print(json.dumps(result))


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")
    os.environ.setdefault("ENCODER_THREADS", str(min(2, os.cpu_count() or 1)))  # the reference uses every core, too
    os.environ.setdefault("SECRET_KEY", "bench")
    import django

    django.setup()


def fresh_titles(count: int) -> list[str]:
    """Corpus titles with endings that nobody has judged before, spread over all categories."""
    from eligibility.classifier.training.corpus import load_corpus
    from eligibility.taxonomy import taxonomy

    rows = load_corpus(taxonomy())
    step = 7_919  # a prime: walks through all categories in no particular order
    return [f"{rows[at * step % len(rows)].title} {ENDINGS[at % len(ENDINGS)].format(at + 2)}" for at in range(count)]


def best_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def p50_ms(judge: Callable[[Sequence[str]], None], baskets: Sequence[Sequence[str]]) -> float:
    times = []
    for basket in baskets:
        started = time.perf_counter()
        judge(basket)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1_000


def reference_seconds(titles: Sequence[str]) -> float:
    """SentenceTransformer.encode as its documentation shows it, on the same titles."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    from eligibility.encoder_export import source_folder

    model = SentenceTransformer(str(source_folder()), device="cpu")
    model.encode(list(titles[:64]), show_progress_bar=False)
    return best_s(lambda: model.encode(list(titles), show_progress_bar=False))


if __name__ == "__main__":
    main()
