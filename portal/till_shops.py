"""A merchant's shops: how their tills are, and the form for what may be changed, opening hours day by day among it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms

from merchants.models import Merchant
from portal.till_rows import statuses_of
from pos_monitor.estate.hours import complaint
from pos_monitor.models import Alert, Store, Terminal
from pos_monitor.wire.cells import Status

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPAN: Final = re.compile(r"\s*(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})\s*")


def shop_rows(shops: Sequence[Store]) -> list[dict[str, Any]]:
    """With how many tills stand in each, how many are silent and how many have a fault."""
    placed = list(Terminal.objects.filter(store__in=shops, state=Terminal.State.ACTIVE).values_list("pk", "store_id"))
    quiet = Counter(
        store
        for (_, store), status in zip(placed, statuses_of([pk for pk, _ in placed]), strict=True)
        if status == Status.OFFLINE
    )
    alerts = Alert.objects.filter(terminal__store__in=shops, resolved_at=None, rule__tells_merchant=True)
    troubled = Counter(alerts.order_by().values_list("terminal__store", flat=True).distinct("terminal"))
    tills = Counter(store for _, store in placed)
    return [
        {
            "id": shop.public_id, "name": shop.name, "place": ", ".join(part for part in (shop.town, shop.region) if part), "tills": tills[shop.pk],
            "quiet": quiet[shop.pk], "troubled": troubled[shop.pk], "hours": "by the hours" if shop.opening_hours else "always open",
        }
        for shop in shops
    ]  # fmt: skip


class ShopForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80)
    region = forms.CharField(label="State or region", max_length=40, help_text="Such as TX. Shops are grouped by it.")
    town = forms.CharField(label="Town", max_length=60, required=False)
    time_zone = forms.CharField(label="Time zone", max_length=40, help_text="Such as America/Chicago.")
    is_always_open = forms.BooleanField(label="Always open: a till that is silent is a fault at any hour", required=False)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        for number, day in enumerate(DAYS):
            self.fields[f"day_{number}"] = forms.CharField(label=day, max_length=80, required=False)

    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{number}"] for number in range(7)]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in available_timezones():
            raise forms.ValidationError("Write a time zone by its name, such as America/Chicago.")
        return zone

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        hours: dict[str, list[list[str]]] = {}
        for number in range(7):
            try:
                if spans := spans_in(said.get(f"day_{number}", "")):
                    hours[str(number)] = spans
            except ValueError:
                self.add_error(f"day_{number}", "Write it as 8:00–21:00, two spans parted by a comma; empty: closed.")
        if not said.get("is_always_open") and not hours and not self.errors:
            self.add_error("is_always_open", "Write the hours of one day at least, or tick that it is always open.")
        said["hours"] = {} if said.get("is_always_open") else hours
        return said

    def fields_of_store(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {**{name: said[name] for name in ("name", "region", "town", "time_zone")}, "opening_hours": said["hours"]}

    @classmethod
    def of(cls, merchant: Merchant, shop: Store | None) -> ShopForm:
        if shop is None:
            return cls(merchant=merchant, initial={"time_zone": merchant.time_zone, "is_always_open": True})
        hours: Mapping[str, Sequence[Sequence[str]]] = shop.opening_hours
        days = {f"day_{number}": ", ".join("–".join(span) for span in hours.get(str(number), [])) for number in range(7)}
        now = {name: getattr(shop, name) for name in ("name", "region", "town", "time_zone")}
        return cls(merchant=merchant, initial={**now, **days, "is_always_open": not hours})


def spans_in(text: str) -> list[list[str]]:
    """`8:00–12:00, 13:00–18:00` as `Store.opening_hours` has them; nothing is closed. Raises ValueError."""
    spans = []
    for part in filter(str.strip, text.split(",")):
        found = SPAN.fullmatch(part)
        if not found:
            raise ValueError(part)
        spans.append([time.zfill(5) for time in found.groups()])
    if complaint({"0": spans}):
        raise ValueError(text)
    return spans
