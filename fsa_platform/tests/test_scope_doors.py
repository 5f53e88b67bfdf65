"""Where a scope is entered and left: requests, tasks, threads and event loops; and who may look across merchants."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from celery import shared_task
from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import include, path

from checkout.models import CheckoutSession, Payment
from common.middleware import ScopeMiddleware
from common.scopes import ScopeError, across_merchants, enter_across_merchants, enter_merchant, get_scope, guarded, scope
from common.scopes.doors import NoDoor
from common.task_base import GuardedTask
from conftest import api_for
from fsa_platform.asgi_handler import OneThreadHandler
from merchants.keys.services import create_api_key
from merchants.models import Merchant

pytestmark = pytest.mark.django_db
OTHERS = ("tests", "migrations", ".venv", ".run", "node_modules")

# Where code looks across merchants, and why. Whoever adds a place here has thought about it; a door for one merchant needs none.
ACROSS_MERCHANTS = {
    ("bench/ledger.py", "a benchmark posts for all merchants"),
    ("bench/ledger.py", "a benchmark fills the book"),
    ("bench/ledger.py", "a benchmark reads balances"),
    ("bench/home.py", "a benchmark fills one merchant and looks at it"),
    ("treasury/services/persons.py", "whether somebody of Finance belongs to the merchant whose money they move"),
    ("treasury/tasks.py", "a bank is asked for any merchant's money"),
    ("treasury/tasks.py", "batches hold every merchant's payouts"),
    ("treasury/tasks.py", "the bank's files are about everybody's money"),
    ("treasury/tasks.py", "a clearing file is about everybody's sales"),
    ("treasury/tasks.py", "looks at every merchant's schedule"),
    ("treasury/tasks.py", "the bank's account is everybody's"),
    ("treasury/tasks.py", "counts every merchant's month"),
    ("treasury/tasks.py", "snapshots are taken of every account"),
    ("treasury/tasks.py", "fees may be everybody's"),
    ("treasury/tasks.py", "closes every merchant's days and months"),
    ("pos_monitor/sales/tasks.py", "looks at every merchant's offline sales"),
    ("rules/management/commands/make_customers.py", "makes up customers of any merchant"),
    ("claims/selectors.py", "a person's own claims, of what they bought anywhere"),
    ("checkout/management/commands/check_payment_pages.py", "looks at the newest open session, whoever's it is"),
    ("checkout/selectors.py", "a receipt's unguessable id is the shopper's key to it"),
    ("checkout/selectors.py", "a session's unguessable id is the shopper's key to it"),
    ("portal/playground.py", "the playground is the demo merchant's"),
    ("checkout/pages/looks.py", "a merchant's looks are for everybody to see"),
    ("checkout/payment_links/selectors.py", "a payment link's unguessable id is the shopper's key to it"),
    ("checkout/tasks.py", "looks at the newest open session, whoever's it is"),
    ("checkout/management/commands/reconcile_clearing.py", "a clearing file is about every merchant"),
    ("checkout/services/late_answers.py", "an answer names no merchant; the charge that it is about does"),
    ("checkout/tasks.py", "a clearing file is about every merchant"),
    ("checkout/tasks.py", "looks at every merchant's holds"),
    ("checkout/management/commands/sandbox_dispute.py", "the acquirer's word may be about any merchant's charge"),
    ("checkout/tasks.py", "a dispute file is about every merchant"),
    ("checkout/tasks.py", "a file is about every merchant"),
    ("checkout/tasks.py", "looks at every merchant's disputes"),
    ("checkout/tasks.py", "looks at every merchant's orders that wait for a letter"),
    ("checkout/tasks.py", "one outbox for all merchants"),
    ("checkout/tasks.py", "writes to every merchant's shoppers"),
    ("fsa_platform/metrics.py", "figures are counts over everybody"),
    ("checkout/tasks.py", "sweeps every merchant's card numbers"),
    ("checkout/tasks.py", "sweeps every merchant's interrupted sales"),
    ("checkout/tasks.py", "sweeps every merchant's old sessions"),
    ("checkout/tasks.py", "sweeps every merchant's saved cards"),
    ("checkout/tasks.py", "charges every merchant's due renewals"),
    ("checkout/selectors.py", "a shopper's own saved cards, wherever they let a store keep them"),
    ("common/middleware.py", "staff look across merchants in the admin"),
    ("compliance/evidence/export.py", "evidence is of the whole platform"),
    ("compliance/services/reviews.py", "a review looks at everybody's access"),
    ("conftest.py", "tests look at everything"),
    ("eligibility/tasks.py", "counts every merchant's judgements"),
    ("eligibility/tasks.py", "judges every merchant's traffic in shadow"),
    ("eligibility/tasks.py", "tidies every merchant's old titles"),
    ("eligibility/catalogue/tasks.py", "judges every merchant's products again"),
    ("eligibility/catalogue/tasks.py", "works on whichever merchant's file waits"),
    ("eligibility/catalogue/tasks.py", "pulls whichever merchant's feed is due"),
    ("eligibility/catalogue/tasks.py", "works on whichever merchant's deed waits"),
    ("eligibility/catalogue/tasks.py", "deletes every merchant's old files"),
    ("eligibility/lists/tasks.py", "tells every merchant of changes of lists"),
    ("eligibility/lists/tasks.py", "writes to every merchant's people of changes"),
    ("eligibility/lists/notices/mail.py", "a letter is about one merchant's products, and says which"),
    ("eligibility/management/commands/redecide_products.py", "judges every merchant's products again"),
    ("merchants/capabilities.py", "a person may lead any merchant"),
    ("merchants/selectors.py", "a key itself tells whose it is"),
    ("merchants/selectors.py", "a person may work for several merchants"),
    ("notices/selectors.py", "a person's own places"),
    ("pos_monitor/api/devices.py", "an enrolment code itself tells whose terminal it is"),
    ("pos_monitor/api/device_auth.py", "a token itself tells whose terminal it is"),
    ("pos_monitor/commands/tasks.py", "commands go to every merchant's terminals"),
    ("pos_monitor/estate/importing/services.py", "whether a serial number is another merchant's"),
    ("pos_monitor/estate/tasks.py", "a list may hold every merchant's terminals"),
    ("pos_monitor/live/watch.py", "screens of the fleet ask for terminals that their viewer may see"),
    (
        "pos_monitor/live/watch.py",
        "screens of the fleet show every merchant's incidents, or those of the merchants in their scope",
    ),
    ("pos_monitor/judging/loading.py", "terminals of all merchants are judged by one engine"),
    ("pos_monitor/engine/metrics.py", "how many alerts of all merchants are open"),
    ("pos_monitor/admin/dead_letters.py", "a dead letter holds reports of any merchant's terminals"),
    ("pos_monitor/management/commands/reshard_telemetry.py", "terminals of all merchants are divided among engines"),
    ("pos_monitor/judging/tasks.py", "tries a rule on every merchant's terminals"),
    ("pos_monitor/judging/starting_set/__init__.py", "terminals of all merchants are judged by one engine"),
    ("pos_monitor/alerts/selectors.py", "an incident of many merchants is each one's whose terminals it hits"),
    ("pos_monitor/care/mailing.py", "a letter is about one merchant's report, and says which"),
    ("pos_monitor/care/tasks.py", "each merchant has a report of its own"),
    ("bench/telemetry.py", "a benchmark of its own platform"),
    ("bench/telemetry_faults.py", "a benchmark of its own platform"),
    ("pos_monitor/management/commands/simulate_fleet.py", "a made-up fleet has many merchants"),
    ("pos_monitor/alerts/tasks.py", "incidents are of every merchant's terminals"),
    ("notices/selectors.py", "whoever tells it names the merchant"),
    ("notices/services/follow.py", "whoever was added or removed, at whichever merchant"),
    ("notices/words.py", "names the keys that a person's own notices tell of"),
    ("merchants/two_persons.py", "whether somebody of risk belongs to the merchant that they decide about"),
    ("merchants/limits/selectors.py", "asked for the merchant that it names, before each sale"),
    ("merchants/onboarding/selectors.py", "a person's own place at a merchant that does not sell yet"),
    ("merchants/support/selectors.py", "whose portal a person of staff looks into"),
    ("portal/views/applications.py", "people of risk look at every applicant, and at the merchant that one became"),
    ("portal/views/merchant_file.py", "staff look after every merchant"),
    ("portal/views/support_view.py", "staff see whose portal they look into"),
    ("portal/views/where_money.py", "staff find any merchant's sale"),
    ("merchants/team/selectors.py", "the link of an invitation names its merchant"),
    ("portal/views/break_glass.py", "staff see whose data they ask for"),
    ("portal/me/selectors.py", "a shopper's own purchases, wherever they were made"),
    ("portal/management/commands/seed_demo.py", "the demo makes several merchants"),
    ("rules/feed/tokens.py", "a token itself tells whose it is"),
    ("rules/push/tasks.py", "pushes to every merchant's shoppers"),
    ("rules/push/tasks.py", "tidies every merchant's customer tokens"),
    ("rules/feed/measuring/figures.py", "a rule's figures are of everybody's customers"),
    ("rules/admin/results.py", "a rule's export holds everybody's customers"),
    ("portal/me/snoops.py", "a shopper's own Snoops"),
    ("webhooks/engine/dispatcher.py", "one outbox for all merchants"),
    ("webhooks/tasks.py", "sweeps every merchant's endpoints"),
    ("rules/checks/dry_run.py", "a dry run judges everybody's customers"),
    ("rules/checks/overlaps.py", "a dry run judges everybody's customers"),
    ("rules/results/by_rule.py", "a rule's results are of everybody's customers"),
    ("rules/runs/tasks.py", "a run judges everybody's customers"),
    ("rules/runs/tasks.py", "drops everybody's old results"),
    ("bench/rules.py", "a benchmark of its own platform"),
    ("bench/redecide.py", "a benchmark of its own platform"),
    ("bench/list_notices.py", "a benchmark of its own platform"),
    ("eligibility/checker/views.py", "a checker's address names its merchant"),
    ("eligibility/letters/selectors.py", "a shopper's own letter, wherever it was asked for"),
    ("eligibility/letters/selectors.py", "a shopper's own letters, wherever they were asked for"),
    ("eligibility/letters/selectors.py", "the mail that tells of a letter names it, and its shopper alone may keep it"),
    (
        "eligibility/management/commands/export_training_data.py",
        "an export for training holds every consenting merchant's titles",
    ),
    ("eligibility/tasks.py", "every merchant's letters expire"),
    ("eligibility/tasks.py", "indexes every merchant's products"),
    ("eligibility/tasks.py", "orders what waits at every merchant"),
    ("eligibility/tasks.py", "people decide about every merchant's products"),
    ("portal/views/reviews.py", "reviewers read what a merchant gave as evidence"),
    ("portal/views/reviews.py", "the numbers are of the whole queue"),
    ("rules/management/commands/simulate_feedback.py", "the sandbox makes up feedback of any customer"),
    ("rules/management/commands/train_relevance.py", "a ranker learns from everybody's feeds"),
    ("rules/learning/tasks.py", "drops everybody's old showings"),
    ("rules/admin/rankers.py", "a ranker is judged by everybody's feeds"),
}


KNOWN_WAYS_AROUND = {
    ("common/scopes/doors.py", "scopes_disabled"),
    ("common/scopes/guard.py", "_raw_delete"),
    ("vault/adopt.py", "_base_manager"),  # seals anew every merchant's rows, whatever their model
    ("vault/rotation/columns.py", "_base_manager"),  # counts of one merchant's sealed rows, which the filter names
    ("vault/reseal.py", "_base_manager"),
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(Path(settings.BASE_DIR).rglob("*.py")):
        name = file.relative_to(settings.BASE_DIR)
        if not set(name.parts) & set(OTHERS):
            yield str(name), ast.parse(file.read_text())


def reasons(tree: ast.Module) -> Iterator[str]:
    """What is said at each `across_merchants("…")`, `enter_across_merchants("…")` and `across_merchants="…"`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = node.args if name in {"across_merchants", "enter_across_merchants"} else []
            given = [*given, *(word.value for word in node.keywords if word.arg == "across_merchants")]
            yield from (word.value for word in given if isinstance(word, ast.Constant) and word.value)


def test_whoever_looks_across_merchants_stands_in_the_list_with_the_reason():
    found = {(name, reason) for name, tree in sources() for reason in reasons(tree)}

    assert sorted(found - ACROSS_MERCHANTS) == []
    assert sorted(ACROSS_MERCHANTS - found) == []


def test_nobody_goes_around_the_doors():
    """django-scopes' own switch and manager, and a model's unguarded manager, stay in the room that knows them."""
    forbidden = {"scopes_disabled", "_base_manager", "_raw_delete"}
    found = {
        (name, word)
        for name, tree in sources()
        for node in ast.walk(tree)
        for word in [getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None)]
        if word in forbidden
    }

    assert found <= KNOWN_WAYS_AROUND


# --- Requests


def probe(request):
    return HttpResponse(str(get_scope()))


def enters_and_fails(request):
    enter_merchant(Merchant.objects.get(name="Acme"))
    raise ValueError("after entering")


def sees_all_and_fails(request):
    enter_across_merchants("a test")
    raise ValueError("after entering")


def reads_unscoped(request):
    return HttpResponse(str(CheckoutSession.objects.count()))


def rendered_later(request):
    enter_merchant(Merchant.objects.get(name="Acme"))

    class Later(SimpleTemplateResponse):
        @property
        def rendered_content(self):
            return f"{get_scope()['merchant'].name}"

    return Later("unused.html")


urlpatterns = [
    path("probe", probe),
    path("enters_and_fails", enters_and_fails),
    path("sees_all_and_fails", sees_all_and_fails),
    path("reads_unscoped", reads_unscoped),
    path("rendered_later", rendered_later),
    path("", include("fsa_platform.urls")),
]


@pytest.fixture
def probes(settings):
    settings.ROOT_URLCONF = __name__


def test_the_guard_comes_before_everything_that_may_read_rows():
    assert settings.MIDDLEWARE.index("common.middleware.ScopeMiddleware") <= 1


def test_a_request_starts_guarded_also_in_tests_and_leaves_the_tests_own_scope(probes, client, acme):
    with scope(merchant=acme):
        assert client.get("/probe").content == b"{}"
        with pytest.raises(ScopeError):
            client.get("/reads_unscoped")
        assert get_scope()["merchant"] == acme


@pytest.mark.parametrize("address", ["/enters_and_fails", "/sees_all_and_fails"])
def test_a_view_that_fails_leaves_no_scope_behind(probes, acme, address):
    client = Client(raise_request_exception=False)

    with guarded():
        assert client.get(address).status_code == 500
        assert client.get("/probe").content == b"{}"
        assert get_scope() == {}


def test_what_is_rendered_after_its_view_is_still_in_the_views_scope(probes, client, acme):
    assert client.get("/rendered_later").content == b"Acme"


def ask(handler: OneThreadHandler, address: str, **headers: str) -> tuple[int, bytes]:
    """One request over ASGI; handler.threads has a single thread, so the next one comes to the same."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    encoded = [(b"host", b"testserver"), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": encoded, "http_version": "1.1"}
    asyncio.run(handler(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.django_db(transaction=True)
def test_no_scope_leaks_from_one_request_to_the_next_in_the_same_thread(probes, acme, settings):
    settings.WEB_THREADS = 1
    _, key = create_api_key(merchant=acme, kind="secret")
    handler = OneThreadHandler()

    for address in ("/enters_and_fails", "/sees_all_and_fails", "/v1/balance", "/v1/payments/pay_nothing"):
        ask(handler, address, authorization=f"Bearer {key}")
        assert ask(handler, "/probe") == (200, b"{}")
    assert len(handler.threads._threads) == 1
    handler.threads.submit(connections.close_all).result()


def test_a_request_that_was_let_in_by_nobody_sees_nothing(acme):
    """Without the middleware there is no door: a forgotten frame fails loudly instead of leaking."""
    with guarded():
        pass
    with pytest.raises(NoDoor):
        enter_merchant(acme)
    with pytest.raises(NoDoor):
        enter_across_merchants("a test")


def test_a_key_enters_its_merchant_and_a_refused_one_nobody(acme, globex, monkeypatch):
    seen = []
    monkeypatch.setattr(ScopeMiddleware, "__call__", _noting(ScopeMiddleware.__call__, seen))

    api_for(acme).get("/v1/balance")
    api_for(globex, "publishable").get("/v1/balance")
    Client().get("/v1/balance")

    assert seen == [{"merchant": acme, "_enabled": True}, {}, {}]


def _noting(original, seen):
    """The state at the end of the request, before the middleware resets it."""

    def call(self, request):
        inner = self.get_response

        def noted(request):
            response = inner(request)
            seen.append(get_scope())
            return response

        self.get_response = noted
        try:
            return original(self, request)
        finally:
            self.get_response = inner

    return call


# --- Tasks, threads, event loops


@shared_task(name="tests.look")
def look() -> str:
    return str(get_scope())


@shared_task(name="tests.enters")
def enters(pk: int) -> int:
    with across_merchants("finds its row"):
        payment = Payment.objects.filter(pk=pk).first()
    assert payment is None
    enter_merchant(Merchant(pk=pk))
    return Payment.objects.count()


def test_a_task_starts_guarded_and_leaves_nothing_behind(acme):
    with scope(merchant=acme):
        for run in (look, lambda: look.apply().get()):
            assert run() == "{}"
        assert enters(acme.pk) == 0
        assert look() == "{}"
        assert get_scope()["merchant"] == acme


def test_every_task_of_ours_is_guarded():
    from fsa_platform.celery import app

    app.loader.import_default_modules()
    unguarded = {name for name, task in app.tasks.items() if not name.startswith("celery.") and not isinstance(task, GuardedTask)}

    assert unguarded == set()


def test_conversations_in_one_event_loop_keep_their_scopes_apart(acme, globex):
    """Sockets share a thread pool and a loop; each has its own context, also in the threads it is carried to."""

    async def conversation(merchant, turns):
        with guarded():
            enter_merchant(merchant)
            for _ in range(3):
                turns.append((await sync_to_async(lambda: get_scope()["merchant"].name)(), merchant.name))
                await asyncio.sleep(0)

    async def all_at_once():
        turns = []
        await asyncio.gather(*(conversation(merchant, turns) for merchant in (acme, globex)))
        return turns

    turns = asyncio.run(all_at_once())

    assert len(turns) == 6
    assert all(seen == meant for seen, meant in turns)
