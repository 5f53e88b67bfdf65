"""Files of items: taken, cancelled, and deleted after their days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from eligibility.catalogue.errors import JobEnded, TooManyJobs, UploadEmpty, UploadTooLarge
from eligibility.catalogue.jobs.chunks import packed
from eligibility.catalogue.jobs.columns import column_mapping
from eligibility.catalogue.jobs.faults import RowFault
from eligibility.catalogue.jobs.reading import MAX_ROWS, Options, Row, Sheet, read_sheet
from eligibility.catalogue.jobs.rows import shortened, without_card_numbers
from eligibility.catalogue.jobs.variations import Families, sku_of
from eligibility.catalogue.locking import lock_uploads
from eligibility.models import CatalogueChunk, CatalogueFeed, CatalogueJob
from merchants.models import Merchant
from merchants.services import record_event
from vault.audit.services import record_about

CHUNK_ROWS: Final = 250
CHUNK_CHARS: Final = 2_000_000
MAX_OPEN: Final = 5
FINISHED_EVENT: Final = "eligibility_job.finished"
Kind, State = CatalogueJob.Kind, CatalogueJob.State
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {Kind.CHECK: ("title",), Kind.IMPORT: ("sku", "title")}


def create_job(
    *, merchant: Merchant, kind: str, file: IO[bytes], options: Options, columns: Mapping[str, str] | None = None,
    is_dry_run: bool = False, feed: CatalogueFeed | None = None, max_bytes: int | None = None,
    after_chunk: Callable[[], None] = lambda: None, taken: Callable[[CatalogueJob, Mapping[str, int]], None] | None = None,
) -> CatalogueJob:  # fmt: skip
    """Take a file and queue it. Read to its end here, so that what is wrong with it as a whole is said at once.

    columns: our field -> column of the file, where the heading does not say it. Rows with a card number in them are not kept.
    feed: from which it was fetched. after_chunk is called as it is read; taken in the transaction that queues it, with each SKU
    that the file names and its row.
    Raises UploadUnreadable, UploadEmpty, UploadTooLarge, UploadColumnsUnknown, TooManyJobs; nothing is kept then.
    """
    _refuse_too_many(merchant)  # before the work of reading; what counts is asked again under the lock
    sheet = read_sheet(file, options, max_bytes=max_bytes)
    read = _read(sheet, kind, columns or {}, after_chunk)
    with transaction.atomic():
        lock_uploads(merchant.pk)
        _refuse_too_many(merchant)
        job = CatalogueJob.objects.create(
            merchant=merchant, kind=kind, feed=feed, is_dry_run=is_dry_run, filename=_shown(options.filename), source_format=sheet.format,
            columns=sheet.columns, mapping=read.mapping, rows_total=read.rows_total,
            expires_at=timezone.now() + timedelta(days=settings.CATALOGUE_FILES_KEPT_DAYS),
        )  # fmt: skip
        for chunk in read.chunks:
            chunk.job = job
        CatalogueChunk.objects.bulk_create(read.chunks, batch_size=20)
        record_about(job, "created", details={"kind": kind, "rows": job.rows_total, "dry_run": is_dry_run})
        if taken:
            taken(job, read.seen)
        transaction.on_commit(partial(_start, job.pk))
    return job


def _refuse_too_many(merchant: Merchant) -> None:
    waiting = CatalogueJob.objects.filter(merchant=merchant, state__in=[State.QUEUED, State.RUNNING]).count()
    if waiting >= MAX_OPEN:
        raise TooManyJobs(f"{waiting} files of yours wait or are under way: wait for one to end, or cancel one.")


def _read(sheet: Sheet, kind: str, said: Mapping[str, str], after_chunk: Callable[[], None] = lambda: None) -> _Reader:
    """The whole file, packed in chunks; no lock and no row is held meanwhile."""
    read = _Reader(kind)
    if sheet.format == "csv":
        read.mapping = column_mapping(sheet.columns, said, needed=NEEDED[kind])
    for rows in _in_chunks(sheet.rows):
        if sheet.format != "csv":  # its columns are known to the end only
            read.mapping = column_mapping(sheet.columns, {f: c for f, c in said.items() if c in sheet.columns}, needed=())
        read.take(rows)
        after_chunk()
    if not read.rows_total:
        raise UploadEmpty()
    read.mapping = column_mapping(sheet.columns, said, needed=NEEDED[kind])
    return read


def cancel_job(*, job: CatalogueJob) -> CatalogueJob:
    """Stop a job; what it has done stays done, and its result file says which rows that is. Raises JobEnded."""
    with transaction.atomic():
        now = timezone.now()
        if not CatalogueJob.objects.filter(pk=job.pk, state__in=[State.QUEUED, State.RUNNING]).update(
            state=State.CANCELLED, finished_at=now
        ):
            raise JobEnded()
        job.refresh_from_db()
        record_about(job, "cancelled", details={"rows_done": job.rows_done})
        tell_finished(job)
    return job


def tell_finished(job: CatalogueJob) -> None:
    """The event that a job has ended, in the transaction that ends it."""
    record_event(
        merchant=job.merchant, type=FINISHED_EVENT, object_id=job.public_id,
        data={
            "id": job.public_id, "kind": job.kind, "state": job.state, "dry_run": job.is_dry_run, "rows_total": job.rows_total,
            "rows_done": job.rows_done, "rows_failed": job.rows_failed, "counts": job.counts, "error": job.error or None,
        },
    )  # fmt: skip


def expire_files(now: datetime) -> int:
    """Delete the rows of ended files that are past their days; returns how many files. What came of them stays in numbers."""
    ended = CatalogueJob.objects.filter(is_expired=False, expires_at__lte=now).exclude(state__in=[State.QUEUED, State.RUNNING])
    count = 0
    for job in ended:
        with transaction.atomic():
            CatalogueChunk.objects.filter(job=job).delete()
            count += CatalogueJob.objects.filter(pk=job.pk, is_expired=False).update(is_expired=True)
    return count


def _start(job_id: int) -> None:
    from eligibility.catalogue.tasks import run_catalogue_job, soon  # tasks call services

    soon(run_catalogue_job, job_id)


def _shown(filename: str) -> str:
    """The last part of a path, as text that can be shown."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[:120]


def _in_chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """At most CHUNK_ROWS rows at a time, and fewer where they are long."""
    chunk: list[Row] = []
    chars = 0
    for row in rows:
        if row.number > MAX_ROWS:
            raise UploadTooLarge(f"The file has more than {MAX_ROWS:,} rows: divide it.")
        chunk.append(row)
        chars += sum(map(len, row.cells.values()))
        if len(chunk) == CHUNK_ROWS or chars > CHUNK_CHARS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


@dataclass(slots=True)
class _Reader:
    """Keeps chunk after chunk: each row as [number, cells, fault or null], and behind it the cells that it has from its parent."""

    kind: str
    mapping: dict[str, str] = field(default_factory=dict)
    chunks: list[CatalogueChunk] = field(default_factory=list)
    rows_total: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    families: Families = field(default_factory=Families)

    def take(self, rows: list[Row]) -> None:
        source = packed([self._kept(row) for row in rows])
        self.chunks.append(CatalogueChunk(number=len(self.chunks), first_row=rows[0].number, rows_count=len(rows), source=source))
        self.rows_total += len(rows)

    def _kept(self, row: Row) -> list[Any]:
        repeated = self._repeated(row) if self.kind == Kind.IMPORT else None
        if fault := without_card_numbers(row.cells, self.mapping):
            return [row.number, {}, fault.as_json()]
        cells = shortened(row.cells, self.mapping)
        if row.fault:
            return [row.number, cells, RowFault("row_unreadable", "", row.fault).as_json()]
        if repeated:
            return [row.number, cells, repeated.as_json()]
        inherited = self.families.inherited(cells, self.mapping)
        return [row.number, cells, None, inherited] if inherited else [row.number, cells, None]

    def _repeated(self, row: Row) -> RowFault | None:
        """A SKU that stood before in the file: which row would win must not hang on their order."""
        sku = sku_of(row.cells, self.mapping)
        if not sku:
            return None
        first = self.seen.setdefault(sku, row.number)
        if first == row.number:
            return None
        return RowFault("sku_repeated", "sku", f"sku: row {first:,} has the same SKU: keep one of them.")
