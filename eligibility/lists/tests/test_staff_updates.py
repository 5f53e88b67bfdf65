"""Updates in the admin: followed while they go on, looked at and decided about where they are held; and versions afterwards."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from eligibility.lists import checks, sync
from eligibility.lists.by_hand import enter_list
from eligibility.lists.tests.conftest import bring, publish, published, standing
from eligibility.models import ListChange, ListRowFault, ListSource, ListSync, Product
from people.roles import SUPPORT
from people.tests.factors import staff_person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
MANY = 3_000


@pytest.fixture
def curators(curator, signed_in):
    return signed_in(curator)


@pytest.fixture
def held(source, shelf):
    """August's changes, of which too many products would leave."""
    bring(source)
    ListSource.objects.update(gone_limit_percent="0.01")
    publish(shelf)
    found = bring(source)
    assert found.state == "held"
    return found


def held_url(found):
    return reverse("admin:eligibility_listsync_held", args=[found.pk])


def page_url(found):
    return reverse("admin:eligibility_listsync_change", args=[found.pk])


def text_of(answer):
    return "".join(part.decode() for part in answer) if answer.streaming else answer.content.decode()


def leaving(found):
    return ListChange.objects.filter(number=found.number, kind="removed").exclude(before=None).order_by("gtin14")


# --- Held ---


def test_a_held_update_says_why_what_would_change_and_whose_products(held, curators, acme, globex):
    gone = leaving(held)[0]
    for merchant, count in ((acme, 2), (globex, 1)):
        Product.objects.bulk_create(Product(merchant=merchant, sku=f"{n}", title="x", gtin14=gone.gtin14) for n in range(count))
    Product.objects.create(merchant=acme, sku="off", title="x", gtin14=gone.gtin14, is_active=False)

    answer = curators.get(held_url(held))

    words = text_of(answer)
    assert "would leave the list" in words
    assert [(re.sub(r"<[^>]+>", "", merchant), count) for merchant, count in answer.context["merchants"].rows] == [
        ("Acme", "2"),
        ("Globex", "1"),
    ]
    assert gone.before.description in text_of(curators.get(held_url(held), {"kind": "removed"}))
    figures = dict(answer.context["figures"])
    assert (figures["Merchants touched"], figures["Their products"]) == ("2", "3")
    assert (figures["Would leave"], figures["Would come"]) == (f"{held.removed:,}", f"{held.added:,}")


def test_what_would_come_is_found_by_its_words_and_by_its_gtin(held, curators):
    coming = ListChange.objects.filter(number=held.number, kind="added").order_by("gtin14").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT description FROM eligibility_list_stage WHERE gtin14 = %s", [coming.gtin14])
        [description] = cursor.fetchone()

    by_words = curators.get(held_url(held), {"kind": "added", "text": description})
    by_gtin = curators.get(held_url(held), {"text": coming.gtin14.lstrip("0")})

    assert coming.gtin14 in text_of(by_words)
    assert description in text_of(by_gtin)
    assert {row.gtin14 for row in by_gtin.context["page"]} == {coming.gtin14}


def test_let_through_it_goes_on_and_the_version_names_who_did_it(held, curators, curator, source, shelf):
    answer = curators.post(held_url(held), {"verdict": "approve", "why": "The publisher confirms it."})
    bring(source)

    assert answer["Location"] == page_url(held)
    assert standing(source) == published(shelf, 2)
    version = source.versions.get(number=2)
    assert version.approved_by == curator
    entry = AuditEntry.objects.get(action="list_sync.approved")
    assert entry.details["why"] == "The publisher confirms it."
    assert curator.username in text_of(curators.get(reverse("admin:eligibility_listversion_change", args=[version.pk])))


def test_sent_away_the_list_stays_as_it_is(held, curators, source, shelf):
    curators.post(held_url(held), {"verdict": "refuse", "why": "A mistake of theirs."})

    held.refresh_from_db()
    assert (held.state, held.decided_why) == ("refused", "A mistake of theirs.")
    assert bring(source) is None
    assert standing(source) == published(shelf, 1)
    assert "Sent away" in text_of(curators.get(page_url(held)))
    sources = text_of(curators.get(reverse("admin:eligibility_listsource_changelist")))
    assert "was sent away" in sources


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"verdict": "approve", "why": "yes"}, "at least two words"), ({"why": "It is right."}, "Choose")],
    ids=["no reason", "no verdict"],
)
def test_a_decision_has_a_reason_and_a_verdict(held, curators, typed, words):
    answer = curators.post(held_url(held), typed)

    held.refresh_from_db()
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert held.state == "held"


@pytest.mark.parametrize("second", ["approve", "refuse"])
def test_who_decides_after_somebody_else_is_told_so(held, curators, second):
    curators.post(held_url(held), {"verdict": "approve", "why": "The publisher confirms it."})

    answer = curators.post(held_url(held), {"verdict": second, "why": "I think so too."})

    held.refresh_from_db()
    assert answer.status_code == 409
    assert "somebody else decided meanwhile" in text_of(answer)
    assert held.decided_why == "The publisher confirms it."


def test_support_looks_at_what_is_held_and_does_not_decide(held, signed_in):
    support = signed_in(staff_person(SUPPORT))

    assert "A curator decides." in text_of(support.get(held_url(held)))
    assert support.post(held_url(held), {"verdict": "approve", "why": "I want it so."}).status_code == 403
    held.refresh_from_db()
    assert held.state == "held"


def test_what_is_not_held_leads_to_its_update(source, curators):
    done = bring(source)

    assert curators.get(held_url(done))["Location"] == page_url(done)


def test_one_that_is_under_way_is_ended_with_a_reason(source, curators, curator):
    found = checks.check(source)
    assert "End this update" in text_of(curators.get(page_url(found)))

    refused = curators.post(f"{page_url(found)[: -len('change/')]}end/", {"why": "no"}, follow=True)
    ended = curators.post(f"{page_url(found)[: -len('change/')]}end/", {"why": "A wrong file."}, follow=True)

    assert "at least two words" in text_of(refused)
    assert "The list stays as it is" in text_of(ended)
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_why) == ("refused", curator, "A wrong file.")
    assert "End this update" not in text_of(ended)


def test_lists_say_which_update_waits(held, curators):
    for name in ("listsource", "listsync"):
        assert held_url(held) in text_of(curators.get(reverse(f"admin:eligibility_{name}_changelist")))


# --- Followed ---


def test_an_update_is_followed_while_it_goes_on(source, curators):
    found = checks.check(source)
    live = reverse("admin:eligibility_listsync_live", args=[found.pk])
    stages = []

    def look(stage):
        answer = curators.get(live)
        stages.append((stage, answer["X-Run-State"], answer.status_code))

    sync.carry_on(found.pk, after_step=look)

    assert stages[:3] == [("fetch", "running", 200), ("stage", "running", 200), ("compare", "running", 200)]
    answer = curators.get(live)
    assert answer["X-Run-State"] == "done"
    assert [step.state for step, _ in answer.context["steps"]] == ["done"] * 5
    assert f'data-live="{live}"' not in text_of(curators.get(page_url(found)))


def test_how_far_it_is_and_how_fast(source, curators):
    found = checks.check(source)
    begun = timezone.now() - timezone.timedelta(seconds=10)
    ListSync.objects.update(state="running", stage="stage", rows_done=750, rows_total=1_500, stage_at=begun)

    words = text_of(curators.get(page_url(found)))

    assert 'data-percent="50"' in words
    assert "750 of 1,500" in words
    assert 'data-state="running"' in words


def test_what_failed_says_why_and_what_comes_next(source, running, curators):
    running.publisher.misbehave("half_file", 9)
    found = bring(source)
    words = text_of(curators.get(page_url(found)))

    assert found.error in words.replace("&#x27;", "'")
    assert "follows within a minute" in words or "asked again at" in words


def test_rows_that_were_not_taken_are_listed_and_come_as_a_file(source, running, shelf, curators):
    bring(source)
    publish(shelf)
    running.publisher.misbehave("bad_gtins", 1)
    ListSource.objects.update(fault_limit_percent="100")
    found = bring(source)
    first = ListRowFault.objects.filter(sync=found).order_by("number").first()

    page = text_of(curators.get(page_url(found)))
    file = text_of(curators.get(reverse("admin:eligibility_listsync_faults", args=[found.pk])))

    assert first.why in page.replace("&#x27;", "'")
    rows = list(csv.reader(io.StringIO(file.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "gtin", "why"]
    assert len(rows) == 1 + ListRowFault.objects.filter(sync=found).count()


# --- Versions ---


@pytest.fixture
def two_versions(db):
    """A list of thousands, of which the second version says that one category is another, one leaves, and one comes."""
    rows = [(f"{n:014d}", f"Thing {n}", "pain-relievers-oral") for n in range(MANY)]
    enter_list(list_id="l", name="the list", version="1", rows=rows)
    changed = [(gtin, name, "bandages-gauze-and-wound-care" if at % 2 else code) for at, (gtin, name, code) in enumerate(rows)]
    return enter_list(
        list_id="l", name="the list", version="2", rows=[*changed[1:], (f"{MANY:014d}", "A new Thing", "pain-relievers-oral")]
    )


def version_url(version):
    return reverse("admin:eligibility_listversion_change", args=[version.pk])


def test_a_version_shows_its_changes_by_kind_category_and_words(two_versions, curators):
    everything = curators.get(version_url(two_versions))
    leaves = curators.get(version_url(two_versions), {"kind": "removed"})
    named = curators.get(version_url(two_versions), {"text": "new thing"})
    bandages = curators.get(version_url(two_versions), {"category": "bandages-gauze-and-wound-care", "moves": "1"})

    assert everything.context["found"] == MANY // 2 + 2
    assert [row.gtin14 for row in leaves.context["page"]] == [f"{0:014d}"]
    assert [row.gtin14 for row in named.context["page"]] == [f"{MANY:014d}"]
    assert bandages.context["found"] == MANY // 2


def test_thousands_of_changes_are_paged_with_few_questions(two_versions, curators):
    with CaptureQueriesContext(connection) as asked:
        answer = curators.get(version_url(two_versions), {"page": "7"})

    assert len(answer.context["page"]) == 50
    assert answer.context["page"].number == 7
    assert len(asked) < 24


def test_changes_come_as_a_file_as_they_are_filtered(two_versions, curators):
    url = reverse("admin:eligibility_listversion_changes", args=[two_versions.pk])

    everything, leaves = (
        list(csv.DictReader(io.StringIO(text_of(curators.get(url, query)).removeprefix("\ufeff"))))
        for query in ({}, {"kind": "removed"})
    )

    assert len(everything) == MANY // 2 + 2
    [row] = leaves
    assert (row["gtin14"], row["old_category"], row["new_category"], row["description"]) == (
        f"{0:014d}",
        "pain-relievers-oral",
        "",
        "Thing 0",
    )
