"""Files of items: sent, worked through, followed, cancelled, taken into products, given back, deleted."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from freezegun import freeze_time

from common.scopes import across_merchants
from eligibility.catalogue import leases, tasks
from eligibility.catalogue.jobs import run, services
from eligibility.catalogue.products import save_product
from eligibility.classifier import ModelMissing
from eligibility.decision import Item
from eligibility.models import CatalogueChunk, CatalogueJob, Product, ProductDecision
from eligibility.services import decide as deciding
from eligibility.services.reviews import record_review
from merchants.models import Event
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
JOBS, IMPORT = "/v1/eligibility/jobs", "/v1/products/import"
MOUSE = "Logitech M185 Wireless Mouse"


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    """Workers run when the test says so, in small chunks."""
    monkeypatch.setattr(tasks.run_catalogue_job, "delay", lambda job_id: None)
    monkeypatch.setattr(services, "CHUNK_ROWS", 3)


def send(api, content, *, path=JOBS, query="", kind="text/csv", **headers):
    data = content if isinstance(content, bytes) else content.encode()
    return api.generic("POST", path + query, data, content_type=kind, headers=headers or None)


def work(answer):
    """What a worker makes of the job; its state afterwards as the API tells it."""
    job = CatalogueJob.objects.get(public_id=answer.json()["id"])
    while run.carry_on(job.pk):
        pass
    job.refresh_from_db()
    return job


def rows(api, job, **query):
    return api.get(f"{JOBS}/{job.public_id}/rows", query).json()["data"]


def results(api, job, kind="csv"):
    answer = api.get(f"{JOBS}/{job.public_id}/file", {"format": kind})
    assert answer.status_code == 200
    content = answer.getvalue()
    assert int(answer["Content-Length"]) == len(content)
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text))) if kind == "csv" else [json.loads(line) for line in text.splitlines()]


# --- Checking


def test_a_csv_is_judged_row_by_row_and_given_back_in_its_order(acme_api, listed_gtin):
    content = f"Product name,UPC,Shelf\n{MOUSE},,A1\nPills,{listed_gtin},=cmd()\nQzv 7,,-5\n,,x\n"

    sent = send(acme_api, content, query="?filename=shop.csv")
    job = work(sent)

    assert (sent.status_code, sent.json()["state"], sent.json()["rows_total"]) == (202, "queued", 4)
    told = acme_api.get(f"{JOBS}/{job.public_id}").json()
    assert (told["state"], told["rows_done"], told["rows_failed"], told["percent"], told["filename"]) == (
        "done",
        4,
        1,
        100,
        "shop.csv",
    )
    assert told["counts"] == {"not_eligible": 1, "eligible": 1, "unknown": 1, "error": 1}
    assert told["columns"] == {"title": "Product name", "gtin": "UPC"}
    back = results(acme_api, job)
    assert [row["eligibility_status"] for row in back] == ["not_eligible", "eligible", "unknown", ""]
    assert [row["Shelf"] for row in back] == ["A1", "'=cmd()", "-5", "x"]
    assert list(back[0])[:3] == ["Product name", "UPC", "Shelf"]
    assert back[3]["eligibility_error_field"] == "title"
    assert not Product.objects.exists()


def test_json_lines_keep_what_they_came_with(acme_api, listed_gtin):
    lines = [{"title": MOUSE, "extra": {"a": 1}}, {"title": "Pills", "gtin": listed_gtin, "price": 12.5}, [], {"title": 7}]
    content = "\n".join([*map(json.dumps, lines), "{broken", ""])

    job = work(send(acme_api, content, kind="application/x-ndjson"))

    back = results(acme_api, job, "jsonl")
    assert [line["row"] for line in back] == [1, 2, 3, 4, 5]
    assert (back[0]["extra"], back[1]["eligibility"]["status"]) == ('{"a": 1}', "eligible")
    assert [line["eligibility"].get("error", {}).get("code") for line in back] == [
        None,
        None,
        "row_unreadable",
        None,
        "row_unreadable",
    ]
    assert len(results(acme_api, job, "csv")) == 5


def test_the_event_says_that_it_is_done(acme, acme_api):
    job = work(send(acme_api, f"title\n{MOUSE}\n"))

    event = Event.objects.get(merchant=acme, type="eligibility_job.finished")
    assert (event.object_id, event.data["state"], event.data["rows_done"], event.data["counts"]) == (
        job.public_id, "done", 1, {"not_eligible": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "query"),
    [
        ("title;brand\nA mouse; Logitech\n", ""), ("title\tbrand\nA mouse\tLogitech\n", ""), ("title|brand\nA mouse|Logitech\n", ""),
        ("\ufefftitle,brand\r\n\"A mouse\",Logitech\r\n", ""), ("title,brand\nA mouse,Logitech\n".encode("utf-16"), ""),
        (gzip.compress(b"title,brand\nA mouse,Logitech\n", mtime=0), ""), ("Artikel,brand\nA mouse,Logitech\n", '?columns={"title":"Artikel"}'),
        ("title,brand\nA mouse,L\xf6gitech\n".encode("cp1252"), "?encoding=windows-1252"), ("\n\nTITLE,Vendor\nA mouse,L\n\n,\n", ""),
        ('{"title": "A mouse", "brand": "L"}', ""), ("Product Title,a,a b\nA mouse,1,2", ""), ("\"title\"\n\"A\n mouse\"", ""),
    ],
)  # fmt: skip
def test_files_are_read_as_shops_write_them(acme_api, content, query):
    sent = send(acme_api, content, query=query, kind="application/octet-stream")

    assert sent.status_code == 202, sent.json()
    job = work(sent)
    [row] = rows(acme_api, job)
    assert "error" not in row["result"]
    assert "mouse" in row["cells"][job.mapping["title"]]


@pytest.mark.parametrize(
    ("content", "query", "code", "words"),
    [
        ("", "", "upload_empty", "empty"), ("title\n", "", "upload_empty", "row"), ("\n\n", "", "upload_empty", ""),
        ("foo,bar\n1,2\n", "", "upload_columns_unknown", "“foo”, “bar”"), ("title,title\n1,2\n", "", "upload_columns_unknown", "twice"),
        ("title\nx\n", '?columns={"title":"nope"}', "upload_columns_unknown", "nope"), ("title\nx\n", '?columns={"colour":"title"}', "upload_columns_unknown", "colour"),
        ("title\nx\n", "?columns=[]", "upload_option_invalid", "JSON"), ("title\nx\n", "?encoding=ebcdic", "upload_option_invalid", "utf-8"),
        ("title\nx\n", "?delimiter=x", "upload_option_invalid", "comma"), ("title\nx\n", "?format=xlsx", "upload_option_invalid", "jsonl"),
        ("title\nM\xfcller\n".encode("cp1252"), "", "upload_unreadable", "Line 2 is not UTF-8"), (b"PK\x03\x04abc", "", "upload_unreadable", "workbook"),
        (b"title\nx\x00y\n", "", "upload_unreadable", ""), (gzip.compress(b"title\n" + b"x\n" * 9999, mtime=0)[:60], "", "upload_unreadable", "gzip"),
        ("title\n" + "x" * 300_000 + "\n", "", "upload_unreadable", "longer"), (",".join(f"c{n}" for n in range(201)) + "\n1\n", "", "upload_too_large", "201"),
        ("title\nx\n", "?dry_run=perhaps", "upload_option_invalid", "true"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_said_and_nothing_is_kept(acme_api, content, query, code, words):
    refused = send(acme_api, content, query=query)

    assert refused.json()["error"]["code"] == code, refused.json()
    assert words in refused.json()["error"]["message"]
    assert not CatalogueJob.objects.exists()
    assert not CatalogueChunk.objects.exists()


def test_too_many_rows_and_bytes_are_refused(acme_api, monkeypatch, settings):
    monkeypatch.setattr(services, "MAX_ROWS", 3)
    assert send(acme_api, "title\n" + "x\n" * 4).json()["error"]["code"] == "upload_too_large"
    settings.UPLOAD_MAX_BYTES = 10
    assert send(acme_api, "title\n" + "x\n" * 3).status_code == 413
    assert not CatalogueJob.objects.exists()


def test_an_archive_that_unfolds_to_too_much_is_refused(acme_api, monkeypatch):
    monkeypatch.setattr("eligibility.catalogue.jobs.reading.MAX_UNPACKED_BYTES", 100_000)

    refused = send(acme_api, gzip.compress(b"title\n" + b"x\n" * 100_000, mtime=0))

    assert refused.json()["error"]["code"] == "upload_too_large"


LONG_ROW = 'title,note\n"x",' + ("," * 60_000 + '"\n",') * 4 + "\n"


@pytest.mark.parametrize("content", [LONG_ROW, gzip.compress(LONG_ROW.encode(), mtime=0), 'title\n"x' + "\n" * 200_001 + '"\n'])
def test_a_row_that_goes_on_over_many_lines_is_refused(acme_api, content):
    refused = send(acme_api, content)

    assert refused.json()["error"]["code"] == "upload_unreadable", refused.json()
    assert "Row 1 is longer than 200,000 characters" in refused.json()["error"]["message"]
    assert not CatalogueJob.objects.exists()


def test_of_a_column_that_nothing_is_read_from_the_beginning_is_kept(acme_api):
    job = work(send(acme_api, f"title,notes,description\n{MOUSE},{'n' * 9_000},{'d' * 3_000}\n"))

    [row] = results(acme_api, job)
    assert (row["notes"], row["description"]) == ("n" * 2_000, "d" * 3_000)


def test_long_rows_are_worked_through_fewer_at_a_time(acme_api, monkeypatch):
    monkeypatch.setattr(services, "CHUNK_ROWS", 250)
    monkeypatch.setattr(services, "CHUNK_CHARS", 100)

    job = work(send(acme_api, "title\n" + f"{MOUSE}\n" * 10 + f"{MOUSE} {'x' * 100}\n" * 2))

    assert list(CatalogueChunk.objects.values_list("rows_count", flat=True)) == [4, 4, 3, 1]
    assert [row["row"] for row in rows(acme_api, job)] == list(range(1, 13))


def test_a_file_is_read_while_no_lock_is_held(acme_api, monkeypatch):
    done = []
    real_read, real_lock = services._read, services.lock_uploads
    monkeypatch.setattr(services, "_read", lambda *args: (done.append("read"), real_read(*args))[1])
    monkeypatch.setattr(services, "lock_uploads", lambda merchant_id: (done.append("lock"), real_lock(merchant_id))[1])

    assert send(acme_api, f"title\n{MOUSE}\n").status_code == 202
    assert done == ["read", "lock"]


@pytest.mark.parametrize(
    "broken",
    [
        r'{"title": "x", "a\u0000b": "1"}', r'{"title": "x", "a\ud800": "1"}', r'{"title": "x\udc00"}', r'{"title": "x", "b": "\u0000"}',
        '{"title": "x", "d": ' + "[" * 90_000 + "]" * 90_000 + "}",
    ],
)  # fmt: skip
def test_a_json_line_that_cannot_be_kept_is_a_fault_of_its_row(acme_api, broken):
    sent = send(acme_api, json.dumps({"title": MOUSE}) + f"\n{broken}\n", kind="application/x-ndjson")

    assert sent.status_code == 202, sent.json()
    job = work(sent)
    first, second = rows(acme_api, job)
    assert (first["result"]["status"], second["result"]["error"]["code"]) == ("not_eligible", "row_unreadable")
    assert (second["cells"], list(job.columns)) == ({}, ["title"])
    assert len(results(acme_api, job, "csv")) == 2


def test_json_lines_of_any_depth_are_read_or_refused(acme_api):
    """There is a depth that can be read and not be written again; where it lies hangs on who calls."""
    lines = [json.dumps({"title": MOUSE})[:-1] + ', "d": ' + "[" * depth + "]" * depth + "}" for depth in range(700, 1_100)]

    job = work(send(acme_api, "\n".join(lines), kind="application/x-ndjson"))

    assert (job.state, job.rows_done) == ("done", len(lines))
    assert set(job.counts) == {"not_eligible", "error"}


def test_a_form_with_a_file_is_taken_too(acme_api):
    file = SimpleUploadedFile("c:\\shop\\goods.csv", f"Name\n{MOUSE}\n".encode(), content_type="text/csv")

    sent = acme_api.post(JOBS, {"file": file, "columns": '{"title": "Name"}'}, format="multipart")
    no_file = acme_api.post(JOBS, {"columns": "{}"}, format="multipart")

    assert (sent.status_code, sent.json()["filename"]) == (202, "goods.csv")
    assert (no_file.status_code, no_file.json()["error"]["code"]) == (400, "upload_empty")


def test_a_row_with_a_card_number_is_not_kept(acme_api):
    job = work(send(acme_api, f"title,note\n{MOUSE},4111 1111 1111 1111\n{MOUSE},fine\n"))

    first, second = rows(acme_api, job)
    assert (first["cells"], first["result"]["error"]["code"]) == ({}, "card_number_in_text")
    assert second["result"]["status"] == "not_eligible"
    assert b"4111" not in b"".join(bytes(services.packed([])) + bytes(chunk.source) for chunk in CatalogueChunk.objects.all())


@pytest.mark.parametrize("heading", ["sku,title,upc", "title,upc,sku"])
@pytest.mark.parametrize("card", ["4111111111111111", "'5555 5555 5555 4444", "30569309025904"])
@pytest.mark.parametrize("column", ["sku", "upc"])
def test_a_card_number_where_a_code_belongs_is_not_kept(acme_api, heading, card, column):
    said = {"sku": "A-1", "title": MOUSE, "upc": "", column: card}
    content = f"{heading}\n{','.join(said[name] for name in heading.split(','))}\n"

    job = work(send(acme_api, content, path=IMPORT))

    [row] = rows(acme_api, job)
    assert (row["cells"], row["result"]["error"]["code"], row["result"]["error"]["param"]) == ({}, "card_number_in_text", column)
    assert not Product.objects.exists()


def test_codes_of_goods_are_kept_though_they_are_long(acme_api, listed_gtin):
    content = (
        f"sku,title,upc\n{listed_gtin},{MOUSE},{listed_gtin}\n4111111111111112,{MOUSE},\nA,{MOUSE},'{listed_gtin.zfill(14)}\n"
    )

    job = work(send(acme_api, content, path=IMPORT))

    assert job.rows_failed == 0
    assert set(Product.objects.values_list("sku", flat=True)) == {listed_gtin, "4111111111111112", "A"}


@pytest.mark.parametrize("cell", ["=cmd()", "＝cmd()", "＋1+cmd()", "－cmd()", "＠cmd", " =cmd()", "|cmd", "+a"])
def test_no_cell_of_the_result_file_runs_in_a_spreadsheet(acme_api, cell):
    job = work(send(acme_api, f"title,note,price;in euro\n{MOUSE},{cell},-5;1\n"))

    answer = acme_api.get(f"{JOBS}/{job.public_id}/file", {"format": "csv"}).getvalue().decode("utf-8-sig")
    assert f'"{MOUSE}","\'{cell}",' in answer
    assert all(line.startswith('"') and line.endswith('"') for line in answer.splitlines())


def test_rows_are_found_by_status_and_come_in_pages(acme_api, listed_gtin):
    content = "title,gtin\n" + "".join(f"{MOUSE},{listed_gtin if n % 3 == 0 else ''}\n" for n in range(10))
    job = work(send(acme_api, content))

    assert [row["row"] for row in rows(acme_api, job, status="eligible")] == [1, 4, 7, 10]
    path = f"{JOBS}/{job.public_id}/rows"
    first = acme_api.get(path, {"limit": 6}).json()
    rest = acme_api.get(path, {"limit": 6, "cursor": first["next_cursor"]}).json()
    assert [row["row"] for row in first["data"] + rest["data"]] == list(range(1, 11))
    assert rest["next_cursor"] is None


def test_the_result_file_waits_for_the_end(acme_api):
    sent = send(acme_api, f"title\n{MOUSE}\n")

    refused = acme_api.get(f"{JOBS}/{sent.json()['id']}/file")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_unfinished")


def test_a_cancelled_job_stops_and_its_file_says_how_far_it_came(acme_api, monkeypatch):
    sent = send(acme_api, "title\n" + f"{MOUSE}\n" * 6)
    real = run.decide

    def cancelled_meanwhile(items, merchant):
        if CatalogueJob.objects.get().rows_done:
            acme_api.post(f"{JOBS}/{sent.json()['id']}/cancel")
        return real(items, merchant)

    monkeypatch.setattr(run, "decide", cancelled_meanwhile)
    with across_merchants("a worker"):
        job = work(sent)

    assert (job.state, job.rows_done) == ("cancelled", 3)
    assert [row["eligibility_status"] for row in results(acme_api, job)] == ["not_eligible"] * 3 + [""] * 3
    again = acme_api.post(f"{JOBS}/{job.public_id}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_ended")
    assert Event.objects.filter(type="eligibility_job.finished").count() == 1


def test_only_so_many_files_wait_at_a_time(acme_api, globex_api):
    for _ in range(services.MAX_OPEN):
        assert send(acme_api, "title\nx\n").status_code == 202

    refused = send(acme_api, "title\nx\n")

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_jobs")
    assert send(globex_api, "title\nx\n").status_code == 202
    assert CatalogueJob.objects.count() == services.MAX_OPEN + 1


def test_another_merchants_job_is_a_404(acme_api, globex_api):
    public_id = send(acme_api, "title\nx\n").json()["id"]

    answers = [globex_api.get(f"{JOBS}/{public_id}{end}") for end in ("", "/rows", "/file")] + [
        globex_api.post(f"{JOBS}/{public_id}/cancel")
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert globex_api.get(JOBS).json()["data"] == []
    assert CatalogueJob.objects.get().state == "queued"


# --- Workers that die, stand beside each other, or have no model


def test_a_killed_worker_is_followed_by_another_that_does_nothing_twice(acme_api, monkeypatch):
    job = CatalogueJob.objects.get(public_id=send(acme_api, "title\n" + f"{MOUSE}\n" * 8).json()["id"])
    judged, real = [], run.decide

    def dies(items, merchant):
        if len(judged) == 3:
            raise SystemExit
        judged.extend(items)
        return real(items, merchant)

    monkeypatch.setattr(run, "decide", dies)
    with pytest.raises(SystemExit):
        run.carry_on(job.pk)
    assert not run.carry_on(job.pk)  # the dead one's lease still runs
    assert run.waiting_jobs(timezone.now()) == []

    monkeypatch.setattr(run, "decide", lambda items, merchant: judged.extend(items) or real(items, merchant))
    with freeze_time(timezone.now() + leases.LEASE + timedelta(seconds=1)):
        assert run.waiting_jobs(timezone.now()) == [job.pk]
        run.carry_on(job.pk)

    job.refresh_from_db()
    assert (job.state, job.rows_done, len(judged), job.counts) == ("done", 8, 8, {"not_eligible": 8})


def test_a_worker_that_lost_its_lease_keeps_nothing(acme_api, monkeypatch):
    job = CatalogueJob.objects.get(public_id=send(acme_api, f"sku,title\nA,{MOUSE}\n", path=IMPORT).json()["id"])
    real = run.save_products

    def overtaken(**kwargs):
        CatalogueJob.objects.filter(pk=job.pk).update(worker="another")
        return real(**kwargs)

    monkeypatch.setattr(run, "save_products", overtaken)
    assert not run.carry_on(job.pk)

    assert not Product.objects.exists()
    assert CatalogueChunk.objects.get().results is None


def test_without_a_model_the_file_waits_and_in_the_end_has_failed(acme_api, monkeypatch):
    def missing(*args, **kwargs):
        raise ModelMissing("no model")

    monkeypatch.setattr(deciding, "classify", missing)
    job = work(send(acme_api, "title\nNever seen before 18\n"))
    assert (job.state, job.attempts) == ("running", 1)

    for _ in range(run.MAX_ATTEMPTS - 1):
        run.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("failed", 0)
    assert "Send the same call again later" in acme_api.get(f"{JOBS}/{job.public_id}").json()["error"]


def test_a_file_whose_work_breaks_has_failed_in_the_end(acme_api, monkeypatch):
    monkeypatch.setattr(run, "decide", lambda items, merchant: 1 / 0)
    job = work(send(acme_api, f"title\n{MOUSE}\n"))
    assert (job.state, job.attempts) == ("running", 1)

    for _ in range(run.MAX_ATTEMPTS - 1):
        run.carry_on(job.pk)

    told = acme_api.get(f"{JOBS}/{job.public_id}").json()
    assert (told["state"], told["error"]) == ("failed", "A part of the platform did not answer.")
    assert Event.objects.get(type="eligibility_job.finished").data["state"] == "failed"


def test_a_row_that_breaks_the_reading_leaves_the_others_as_they_are(acme_api, monkeypatch):
    real = run.item_fields

    def breaks(cells, mapping):
        return 1 / 0 if cells["title"] == "Broken" else real(cells, mapping)

    monkeypatch.setattr(run, "item_fields", breaks)
    job = work(send(acme_api, f"title\nBroken\n{MOUSE}\n"))

    first, second = rows(acme_api, job)
    assert (job.state, first["result"]["error"]["code"], second["result"]["status"]) == ("done", "row_unreadable", "not_eligible")


def test_the_tick_takes_up_what_nobody_works_on(acme_api, monkeypatch):
    asked = []
    job_id = CatalogueJob.objects.get(public_id=send(acme_api, f"title\n{MOUSE}\n").json()["id"]).pk
    monkeypatch.setattr(tasks.run_catalogue_job, "delay", asked.append)

    assert tasks.resume_catalogue_jobs() == 1
    assert asked == [job_id]
    tasks.run_catalogue_job(job_id)
    assert tasks.resume_catalogue_jobs() == 0


# --- Taking files into products


def test_an_import_adds_changes_and_leaves_products_by_sku(acme, acme_api, listed_gtin):
    acme_api.post("/v1/products", {"sku": "A", "title": MOUSE, "brand": "Logitech", "price_cents": 5})
    acme_api.post("/v1/products", {"sku": "B", "title": MOUSE})
    content = (
        f"sku,title,gtin,price\nA,{MOUSE},,\nB,{MOUSE},{listed_gtin},$12.99\nC,Pills,{listed_gtin},3\n,No sku,,\nB,Again,,\n"
    )

    job = work(send(acme_api, content, path=IMPORT))

    back = results(acme_api, job)
    assert [row["eligibility_action"] for row in back] == ["changed", "changed", "added", "", ""]  # A's empty price is said
    assert [row["eligibility_error_field"] for row in back] == ["", "", "", "sku", "sku"]
    assert "row 2 has the same SKU" in back[4]["eligibility_error"]
    b, c = Product.objects.get(sku="B"), Product.objects.get(sku="C")
    assert (b.price_cents, b.current_decision.status, c.current_decision.status) == (1299, "eligible", "eligible")
    assert [row.cause for row in b.decisions.order_by("pk")] == ["saved", "imported"]
    assert Product.objects.get(sku="A").brand == "Logitech"
    assert back[2]["eligibility_product"] == c.public_id


def test_the_same_import_again_changes_nothing(acme_api):
    content = f"sku,title\nA,{MOUSE}\nB,Qzv 7\n"
    work(send(acme_api, content, path=IMPORT))
    before = list(Product.objects.order_by("pk").values())

    job = work(send(acme_api, content, path=IMPORT))

    assert job.counts == {"not_eligible": 1, "unknown": 1, "unchanged": 2}
    assert list(Product.objects.order_by("pk").values()) == before
    assert ProductDecision.objects.count() == 2


def test_a_dry_run_says_what_would_be_and_changes_nothing(acme_api):
    acme_api.post("/v1/products", {"sku": "A", "title": MOUSE})

    job = work(send(acme_api, "sku,title\nA,Other\nB,Qzv 7\n", path=IMPORT, query="?dry_run=true"))

    assert job.is_dry_run
    assert [row["eligibility_action"] for row in results(acme_api, job)] == ["changed", "added"]
    assert list(Product.objects.values_list("title", flat=True)) == [MOUSE]


def test_a_repeat_with_the_same_key_is_one_job(acme_api):
    content = f"sku,title\nA,{MOUSE}\n"

    first = send(acme_api, content, path=IMPORT, **{"Idempotency-Key": "k1"})
    again = send(acme_api, content, path=IMPORT, **{"Idempotency-Key": "k1"})
    other = send(acme_api, content + "B,x\n", path=IMPORT, **{"Idempotency-Key": "k1"})

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert CatalogueJob.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "param"),
    [
        ("A,x,twelve,", "price"),
        ("A,x,-1,", "price"),
        ("A,x,1.999,", "price"),
        ("A,x,1e9999999,", "price"),
        ("A,x,1e999990,", "price"),
        ("A,x,1e2,", "price"),
        ("A,x,Infinity,", "price"),
        (f"A,x,{'9' * 13},", "price"),
        ("A,x,,3.00451E+11", "gtin"),
        ("A,x,,123", "gtin"),
        ("A,,1,", "title"),
        (f"{'A' * 65},x,1,", "sku"),
        (f"A,{'x' * 501},1,", "title"),
    ],
)
def test_a_row_that_cannot_be_used_changes_nothing(acme_api, cells, param):
    job = work(send(acme_api, f"sku,title,price,upc\n{cells}\n", path=IMPORT))

    [row] = rows(acme_api, job)
    assert (row["result"]["error"]["code"], row["result"]["error"]["param"]) == ("parameter_invalid", param)
    assert not Product.objects.exists()


def test_an_import_needs_a_sku(acme_api):
    refused = send(acme_api, "title\nx\n", path=IMPORT)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "upload_columns_unknown")


# --- After its days


def test_rows_are_deleted_after_their_days_and_the_numbers_stay(acme_api):
    job = work(send(acme_api, f"title\n{MOUSE}\n"))
    waiting = send(acme_api, f"title\n{MOUSE}\n")

    with freeze_time(job.expires_at + timedelta(minutes=1)):
        assert tasks.expire_catalogue_files() == 1
        assert tasks.expire_catalogue_files() == 0

    assert {chunk.job.public_id for chunk in CatalogueChunk.objects.all()} == {waiting.json()["id"]}
    assert acme_api.get(f"{JOBS}/{job.public_id}").json()["counts"] == {"not_eligible": 1}
    for end in ("/file", "/rows"):
        gone = acme_api.get(f"{JOBS}/{job.public_id}{end}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "job_expired")


def test_an_import_that_renames_an_approved_product_is_told_and_vouches_for_nothing(acme, acme_api, ann, bob):
    approved = Item(title="Northfield Ibuprofen Tablets 200 mg", gtin="00300450449108")
    for user in (ann, bob):
        record_review(merchant=acme, item=approved, category_code="pain-relievers-oral", reviewer=user)
    for sku in "AB":
        assert save_product(merchant=acme, sku=sku, title=approved.title, gtin=approved.gtin).decision.is_vouched_for

    work(send(acme_api, "sku,title\nA,65 inch TV\nC,New one\n", path=IMPORT))

    product = Product.objects.select_related("current_decision__decision").get(sku="A")
    assert product.current_decision.decision.decision["agreed_by"] == 0
    told = AuditEntry.objects.filter(action="product.changed").values_list("subject_id", flat=True)
    assert list(told) == [product.public_id]
