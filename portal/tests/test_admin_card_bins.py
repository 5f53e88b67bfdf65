"""The admin's pages of card ranges: who may look, who may change, and what each step shows."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from checkout.models import BinImport, BinRange
from people.models import User
from people.roles import give_role

pytestmark = pytest.mark.django_db
LIST = b"bin_from,bin_to,network,account_kind,auto_sub\n40000000,40000009,visa,fsa,true\n41000000,,visa,hsa,false\n"
BRING = "admin:checkout_binimport_bring"


@pytest.fixture
def staff(signed_in):
    def of_role(role):
        user = User.objects.create_user(username=f"a_{role}", email=f"{role}@platform.example")
        give_role(user=user, role=role)
        return signed_in(user)

    return of_role


def send(client, content=LIST, source="Acquirer A"):
    return client.post(reverse(BRING), {"source": source, "file": SimpleUploadedFile("bins.csv", content)})


def do(client, made, name, **data):
    return client.post(reverse("admin:checkout_binimport_do", args=[made.pk, name]), data, follow=True)


def page_of(client, made):
    return client.get(reverse("admin:checkout_binimport_change", args=[made.pk])).content.decode()


def test_a_list_is_looked_at_then_applied_and_its_ranges_are_found_by_a_cards_digits(staff):
    risk = staff("risk")
    send(risk)
    made = BinImport.objects.get()
    assert "Would come" in page_of(risk, made)
    assert not BinRange.objects.exists()

    do(risk, made, "apply")

    made.refresh_from_db()
    assert (made.state, made.number, made.applied_by.username) == ("applied", 1, "a_risk")
    found = risk.get(reverse("admin:checkout_binrange_changelist"), {"q": "4000 0005"})
    assert [str(row) for row in found.context["cl"].result_list] == ["40000000–40000009"]


def test_an_earlier_list_is_gone_back_to_by_a_list_that_is_looked_at_too(staff):
    risk = staff("risk")
    send(risk)
    first = BinImport.objects.get()
    do(risk, first, "apply")
    send(risk, LIST.replace(b"fsa", b"hra"))
    do(risk, BinImport.objects.first(), "apply")

    do(risk, first, "restore")
    back = BinImport.objects.first()
    assert (back.restores, back.state, back.counts["changed"]) == (first, "previewed", 1)
    do(risk, back, "apply")

    assert BinRange.objects.get(bin_from="40000000", ended_by=None).account_kind == "fsa"


def test_faulty_rows_are_shown_and_the_list_cannot_be_applied(staff):
    risk = staff("risk")
    send(risk, LIST + b"40000005,,visa,hsa,maybe\n")
    made = BinImport.objects.get()

    html = page_of(risk, made)
    do(risk, made, "apply")

    assert "neither true nor false" in html
    assert "Apply the list" not in html
    assert not BinRange.objects.exists()


@pytest.mark.parametrize(
    ("content", "source", "words"),
    [(b"", "A1", "has no bin_from"), (b"x,y\n1,2\n", "A1", "has no bin_from"), (LIST, "", "whose list")],
)
def test_what_is_wrong_with_a_file_is_said_beside_the_form(staff, content, source, words):
    answer = send(staff("risk"), content, source)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not BinImport.objects.exists()


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_others_of_the_staff_may_look_and_change_nothing(staff, role):
    risk, other = staff("risk"), staff(role)
    send(risk)
    made = BinImport.objects.get()

    assert "Apply the list" not in page_of(other, made)
    assert send(other).status_code == 403
    assert do(other, made, "apply").status_code == 403
    assert not BinRange.objects.exists()


def test_curators_do_not_see_them(staff):
    assert staff("curator").get(reverse("admin:checkout_binrange_changelist")).status_code == 403
