"""The review queue in a real browser: ten items by keyboard alone, by mouse, on a phone, and when the network goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from browser_testing import WIDTHS, Window
from eligibility.decision import Item
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.asking import Asked, put_before_people
from eligibility.reviews.votes import counting, votes_in
from eligibility.selectors import item_key
from eligibility.services.reviews import record_review
from merchants.models import Merchant
from people.models import User

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]
PAIN, SNACKS = "pain-relievers-oral", "food-snacks-and-beverages"
TITLES = (
    "Headache relief caplets 24 ct", "Wrist warmer with copper thread", "Barley soup mix", "Cotton bath rug", "Nasal rinse packets 50 ct",
    "Herbal sleep gummies 60 ct", "Wool walking socks", "Reading lamp with clamp", "Children's fever syrup 4 oz", "Garden trowel",
)  # fmt: skip


@pytest.fixture
def queue(acme: Merchant, site: object) -> None:
    """Ten items of one merchant, the first with the most money at stake."""
    for place, title in enumerate(TITLES):
        wait(acme, title, cents=10_000 * (20 - place))


def wait(merchant: Merchant, title: str, cents: int = 100, brand: str = "Northfield") -> None:
    item = Item(title=title, brand=brand, price_cents=999)
    put_before_people(merchant=merchant, asked=[Asked(item, item_key(item), "unknown", PAIN, 0.5, cents)], now=timezone.now())


def title(page: Page) -> str:
    return page.locator(".review [data-title]").inner_text()


def see(page: Page, words: str) -> None:
    expect(page.locator(".review [data-title]")).to_have_text(words)


def test_ten_items_are_decided_by_keyboard_alone(open_window: OpenWindow, ann: User, queue: None) -> None:
    page = open_window(user=ann).open("/staff/reviews/")

    for place, words in enumerate(TITLES):
        see(page, words)
        expect(page.locator(".review__choice")).to_have_count(3)
        if place % 3 == 0:
            page.keyboard.press("1")
        elif place % 3 == 1:
            page.keyboard.press("/")
            page.keyboard.type("snacks bev")
            expect(page.get_by_role("option").first).to_have_text("Food, snacks and beverages Not eligible")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("l")
            expect(page.get_by_role("button", name="Letter", exact=True)).to_have_attribute("aria-pressed", "true")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")

    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    assert [review.title for review in Review.objects.order_by("pk")] == list(TITLES)
    assert set(Review.objects.filter(title__in=TITLES[1::3]).values_list("category_code", flat=True)) == {SNACKS}
    assert all(review.took_ms for review in Review.objects.all())


def test_undo_skip_note_and_help_by_keyboard(open_window: OpenWindow, ann: User, queue: None) -> None:
    page = open_window(user=ann).open("/staff/reviews/")
    see(page, TITLES[0])
    page.keyboard.press("m")
    page.keyboard.type("The label says 1 tablet, see photo?")  # keys in a field decide nothing
    expect(page.get_by_label("Note")).to_have_value("The label says 1 tablet, see photo?")
    page.get_by_label("Note").blur()
    page.keyboard.press("1")
    see(page, TITLES[1])
    expect(page.get_by_role("button", name="Undo the last decision")).to_be_visible()

    page.keyboard.press("u")
    see(page, TITLES[0])
    assert counting(votes_in(Review.objects.all())) == []
    page.keyboard.press("s")
    see(page, TITLES[1])
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("1")  # nothing behind a dialog is decided
    page.get_by_label("Single keys decide").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")

    see(page, TITLES[1])
    assert Review.objects.filter(undoes=None).count() == 1
    assert Review.objects.get(undoes=None).note.startswith("The label says")


def test_alike_items_are_unticked_by_mouse(
    open_window: OpenWindow, ann: User, acme: Merchant, globex: Merchant, site: object
) -> None:
    wait(acme, "Calm-Aid herbal drops 2 oz", cents=500)
    wait(globex, "Calm-Aid herbal drops 4 oz")
    page = open_window(user=ann).open("/staff/reviews/")
    expect(page.get_by_text("2 alike items of 2 merchants")).to_be_visible()

    page.get_by_label("Calm-Aid herbal drops 4 oz").uncheck()
    page.locator(".review__choice").nth(1).click()

    see(page, "Calm-Aid herbal drops 4 oz")
    assert Review.objects.get().title == "Calm-Aid herbal drops 2 oz"


def test_a_decision_that_could_not_be_kept_is_told_and_sent_again(open_window: OpenWindow, ann: User, queue: None) -> None:
    window = open_window(user=ann)
    # Before the page is there: later it may come too late.
    window.page.route("**/staff/reviews/decide/", lambda route: route.abort())
    page = window.open("/staff/reviews/")
    see(page, TITLES[0])
    page.keyboard.press("1")
    expect(page.get_by_role("alert")).to_contain_text("could not be kept")
    assert not Review.objects.exists()

    page.unroute("**/staff/reviews/decide/")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("button", name="Undo the last decision")).to_be_visible()
    assert Review.objects.get().title == TITLES[0]


def test_what_somebody_else_decided_meanwhile_is_told(
    open_window: OpenWindow, acme: Merchant, ann: User, bob: User, cat: User, queue: None
) -> None:
    page = open_window(user=ann).open("/staff/reviews/")
    see(page, TITLES[0])
    for user in (bob, cat):
        record_review(merchant=acme, item=Item(title=TITLES[0], brand="Northfield"), category_code=PAIN, reviewer=user)

    page.keyboard.press("1")

    expect(page.get_by_role("alert")).to_contain_text("Somebody else has this item now")
    see(page, TITLES[1])
    assert Review.objects.count() == 2


@pytest.mark.parametrize("size", WIDTHS)
def test_the_pages_are_sound(
    open_window: OpenWindow, size: str, acme: Merchant, globex: Merchant, ann: User, bob: User, queue: None
) -> None:
    wait(acme, "Calm-Aid herbal drops 2 oz", cents=900_000)
    wait(
        globex,
        "Calm-Aid herbal drops, 4 fl oz, 120 ml, new value size, box of 12 bottles, 1 ct each, family pack, 12 x 4 oz, bonus 2 oz",
        cents=900_000,
    )
    for words in TITLES[3:6]:
        for user in (ann, bob):
            record_review(
                merchant=acme, item=Item(title=words, brand="Northfield"), category_code=SNACKS, reviewer=user, took_ms=5400
            )
    window = open_window(size, ann)
    page = window.open("/staff/reviews/")
    expect(page.get_by_text("alike items")).to_be_visible()
    window.look("reviews")
    page.keyboard.press("e")
    expect(page.get_by_role("listbox")).to_be_visible()
    window.look("reviews-search")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    window.look("reviews-help")
    window.open("/staff/reviews/?reason=disagreement")
    window.look("reviews-none")
    window.open("/staff/reviews/numbers/")
    window.look("review-numbers")
    assert ReviewRequest.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize("size", WIDTHS)
def test_the_merchants_pages_are_sound(
    open_window: OpenWindow, size: str, acme: Merchant, acme_owner: User, ann: User, bob: User
) -> None:
    for user in (ann, bob):
        record_review(merchant=acme, item=Item(title="Cooling balm for sore muscles"), category_code=SNACKS, reviewer=user)
    window = open_window(size, acme_owner)
    page = window.open("/disputes/")
    window.look("disputes-empty")
    page.get_by_label("Title").fill("Cooling balm for sore muscles")
    page.get_by_label("What it should be").select_option("Eligible")
    page.get_by_label("What speaks for it").fill("The label names menthol 10 % as the active ingredient.")
    page.get_by_role("button", name="Open the dispute").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dispute")
    window.look("dispute-open")
    window.open("/disputes/")
    window.look("disputes")
    staff = open_window(size, ann)
    staff.open("/staff/reviews/")
    expect(staff.page.get_by_text("What the merchant says")).to_be_visible()
    staff.look("reviews-disputed")
