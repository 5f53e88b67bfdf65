"""Files of items through the API: sent, followed, cancelled, and their results taken."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent
from common.api.pages import asked_limit, decode_cursor, encode_cursor, page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.catalogue.api.uploads import IN_MEMORY, received
from eligibility.catalogue.errors import UploadOptionInvalid
from eligibility.catalogue.jobs.reading import DELIMITERS, ENCODINGS, FORMATS
from eligibility.catalogue.jobs.results import FORMATS as RESULT_FORMATS
from eligibility.catalogue.jobs.results import ResultRow, result_file, rows_of
from eligibility.catalogue.jobs.selectors import job_for, jobs_of, progress_of
from eligibility.catalogue.jobs.services import cancel_job, create_job
from eligibility.models import CatalogueJob
from merchants.api.authentication import SecretKey, merchant_of

MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
Kind = CatalogueJob.Kind


class UploadRequest(serializers.Serializer[Any]):
    """A file of at most 100,000 rows and, unpacked, 60 MB, and what is to be known about it. Most of that is found out."""

    file = serializers.FileField(
        help_text="CSV with a heading, JSON lines, or a feed in XML (RSS 2.0, Atom); gzip is fine. Of cells that nothing is read from, 2,000 characters are kept."
    )
    format = serializers.ChoiceField(FORMATS, required=False)
    encoding = serializers.ChoiceField(
        list(ENCODINGS), required=False, help_text="UTF-8 unless you say so; a mark at the start is heeded."
    )
    delimiter = serializers.ChoiceField(list(DELIMITERS), required=False)
    columns = serializers.CharField(
        required=False,
        max_length=5_000,
        help_text='Which column is which, as JSON: {"title": "Product name"}. Usual headings are known.',
    )


class ImportRequest(UploadRequest):
    dry_run = serializers.BooleanField(required=False, help_text="Say what would become of each row, and change nothing.")


class JobResponse(serializers.Serializer[Any]):
    """A file of items and how far it is."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    state = serializers.ChoiceField(CatalogueJob.State.choices)
    dry_run = serializers.BooleanField()
    filename = serializers.CharField()
    columns = serializers.DictField(child=serializers.CharField(), help_text="Our field and your column that it is read from.")
    rows_total = serializers.IntegerField()
    rows_done = serializers.IntegerField()
    rows_failed = serializers.IntegerField(help_text="Rows that could not be used; each says why.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="How many rows came out how.")
    percent = serializers.IntegerField()
    rows_per_s = serializers.FloatField(allow_null=True)
    left_s = serializers.IntegerField(allow_null=True, help_text="Seconds until it is done, as far as can be told.")
    error = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(help_text="Then its rows and its result file are deleted.")


class JobPage(serializers.Serializer[Any]):
    data = JobResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class JobRowResponse(serializers.Serializer[Any]):
    """One row of the file. `result` is null until it is done; it holds `error` where the row could not be used."""

    row = serializers.IntegerField()
    cells = serializers.DictField(child=serializers.CharField())
    result = serializers.DictField(allow_null=True)


class JobRowPage(serializers.Serializer[Any]):
    data = JobRowResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


def _upload(request: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    return {"multipart/form-data": request, "text/csv": OpenApiTypes.BINARY, "application/x-ndjson": OpenApiTypes.BINARY}


SAID = [
    OpenApiParameter("format", {"type": "string", "enum": [*FORMATS]}, description="Of a body that is the file itself."),
    OpenApiParameter("encoding", {"type": "string", "enum": [*ENCODINGS]}),
    OpenApiParameter("delimiter", {"type": "string", "enum": [*DELIMITERS]}),
    OpenApiParameter("columns", str, description='JSON: {"title": "Product name"}.'),
    OpenApiParameter("filename", str),
]
DRY_RUN = OpenApiParameter("dry_run", bool, description="Say what would become of each row, and change nothing.")


class UploadView(ApiView):
    """Takes a file: as the body itself, or as the part `file` of a form."""

    authentication_classes = [SecretKey]
    takes_files = True
    kind: ClassVar[str] = Kind.CHECK

    def body_digest(self, request: Request) -> bytes:
        return received(request).digest

    def take(self, request: Request) -> Response:
        sent = received(request)
        job = create_job(
            merchant=merchant_of(request), kind=self.kind, file=sent.file, options=sent.options, columns=sent.columns,
            is_dry_run=sent.is_dry_run and self.kind == Kind.IMPORT,
        )  # fmt: skip
        return Response(render_job(job), status=202)


class JobList(UploadView):
    resource = "eligibility"

    @extend_schema(
        summary="List files of items", tags=["eligibility"], responses=JobPage, operation_id="eligibility_jobs_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Newest first, those taken into your products as well."""
        return Response(page_response(request, jobs_of(merchant_of(request)), render_job))

    @extend_schema(
        summary="Judge a file of up to 100,000 items", tags=["eligibility"], request=_upload(UploadRequest),
        responses={202: JobResponse}, operation_id="eligibility_jobs_create", parameters=SAID,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Takes CSV, JSON lines or a feed in XML and judges every row in the background. The event `eligibility_job.finished` says when it is done."""
        return self.take(request)


class ProductImport(UploadView):
    resource = "products"
    kind = Kind.IMPORT

    @extend_schema(
        summary="Take a file into your products", tags=["products"], request=_upload(ImportRequest),
        responses={202: JobResponse}, operation_id="products_import", parameters=[*SAID, DRY_RUN],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Adds or changes one product for each row, by its SKU, and judges it. Columns that the file has not stay as they are."""
        return self.take(request)


class JobDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"

    @extend_schema(
        summary="Get a file's progress", tags=["eligibility"], responses=JobResponse, operation_id="eligibility_jobs_get"
    )
    def get(self, request: Request, public_id: str) -> Response:
        return Response(render_job(job_for(merchant_of(request), public_id)))


class JobCancel(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"

    @extend_schema(
        summary="Cancel a file's work", tags=["eligibility"], request=None, responses=JobResponse,
        operation_id="eligibility_jobs_cancel",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """What is done stays done; the result file then says which rows that is."""
        refuse_fields(request)
        return Response(render_job(cancel_job(job=job_for(merchant_of(request), public_id))))


class JobRows(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"

    @extend_schema(
        summary="List a file's rows with what came of them", tags=["eligibility"], responses=JobRowPage,
        operation_id="eligibility_jobs_rows",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("status", str, description="Only rows of this status, or `error`.")],
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """In the order of the file."""
        job, limit = job_for(merchant_of(request), public_id), asked_limit(request)
        cursor = request.query_params.get("cursor", "")
        found = rows_of(job, after=decode_cursor(cursor) if cursor else 0, word=request.query_params.get("status", ""))
        rows = [row for row, _ in zip(found, range(limit + 1), strict=False)]
        shown = rows[:limit]
        return Response(
            {"data": [_row(row) for row in shown], "next_cursor": encode_cursor(shown[-1].number) if len(rows) > limit else None}
        )


class JobFile(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"

    @extend_schema(
        summary="Download a file's results", tags=["eligibility"], operation_id="eligibility_jobs_file",
        parameters=[
            OpenApiParameter(
                "format", {"type": "string", "enum": [*RESULT_FORMATS]}, description="As the file came, if left out; CSV for one of XML."
            )
        ],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR), (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR),
        },
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Any:
        """The rows in the order in which they came, with their own columns first and ours behind."""
        job = job_for(merchant_of(request), public_id)
        kind = request.query_params.get("format", "") or ("jsonl" if job.source_format == "jsonl" else "csv")
        if kind not in RESULT_FORMATS:
            raise UploadOptionInvalid(f"Use one of {', '.join(RESULT_FORMATS)}.", param="format")
        return download(job, kind)


def download(job: CatalogueJob, kind: str) -> FileResponse:
    """The result file as an attachment; made here, while the merchant's scope holds, on disk where it is large."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the response closes it
    for part in result_file(job, kind):
        file.write(part)
    length = file.tell()
    file.seek(0)
    response = FileResponse(file, content_type=MEDIA[kind])
    response["Content-Length"] = str(length)
    response["Content-Disposition"] = f'attachment; filename="{job.public_id}-results.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def render_job(job: CatalogueJob) -> dict[str, Any]:
    progress = progress_of(job, timezone.now())
    return {
        "id": job.public_id, "kind": job.kind, "state": job.state, "dry_run": job.is_dry_run, "filename": job.filename,
        "columns": job.mapping, "rows_total": job.rows_total, "rows_done": job.rows_done, "rows_failed": job.rows_failed,
        "counts": job.counts, "percent": progress.percent, "rows_per_s": progress.rows_per_s, "left_s": progress.left_s,
        "error": job.error or None, "created_at": job.created_at, "started_at": job.started_at, "finished_at": job.finished_at,
        "expires_at": job.expires_at,
    }  # fmt: skip


def _row(row: ResultRow) -> dict[str, Any]:
    return {"row": row.number, "cells": row.cells, "result": row.result}
