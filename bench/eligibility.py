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
ROUNDS = 5  # the best of each is taken: other work on the machine only ever makes a run slower
ENDINGS = ("- {} ct", ", {} oz", "({} pack)", "- Pack of {}", ", {} each", "No. {}")


def main() -> None:
    # Run as a script, Python looks into bench/ first, where platform.py would stand in for the standard library's.
    sys.path[:] = [str(ROOT), *(path for path in sys.path if Path(path).resolve() != ROOT / "bench")]
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

    one_ms = p50_ms(judge, [[title] for title in titles[N_BATCH : N_BATCH + N_SINGLE]])
    rest = titles[N_BATCH + N_SINGLE :]
    basket_ms = p50_ms(judge, [rest[at : at + BASKET_SIZE] for at in range(0, len(rest), BASKET_SIZE)])
    reference = load_reference()
    batch = titles[:N_BATCH]
    ours_s, reference_s = best_s(lambda: judge(batch), lambda: reference(batch))

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
    import django

    from fsa_platform.bootstrap import prepare

    prepare(["bench", "evaluate_eligibility"])  # settings as for that command: no servers
    django.setup()


def fresh_titles(count: int) -> list[str]:
    """Corpus titles with endings that nobody has judged before, spread over all categories."""
    from eligibility.classifier.training.corpus import load_corpus
    from eligibility.taxonomy import taxonomy

    rows = load_corpus(taxonomy())
    step = 7_919  # a prime: walks through all categories in no particular order
    return [f"{rows[at * step % len(rows)].title} {ENDINGS[at % len(ENDINGS)].format(at + 2)}" for at in range(count)]


def best_s(*works: Callable[[], object]) -> list[float]:
    """Seconds of each piece of work at its best; they take turns, so that a busy machine is busy for all of them."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            started = time.perf_counter()
            work()
            taken.append(time.perf_counter() - started)
    return [min(taken) for taken in times]


def p50_ms(judge: Callable[[Sequence[str]], None], baskets: Sequence[Sequence[str]]) -> float:
    times = []
    for basket in baskets:
        started = time.perf_counter()
        judge(basket)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1_000


def load_reference() -> Callable[[Sequence[str]], object]:
    """SentenceTransformer.encode as its documentation shows it."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    from eligibility.encoder_export import source_folder

    model = SentenceTransformer(str(source_folder()), device="cpu")
    model.encode(["warm up"], show_progress_bar=False)
    return lambda titles: model.encode(list(titles), show_progress_bar=False)


if __name__ == "__main__":
    main()
