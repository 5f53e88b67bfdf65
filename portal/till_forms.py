"""What a merchant's people write about a till: a new one, and what may be changed of one that is there."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.db import transaction

from merchants.models import Merchant
from pos_monitor.estate.errors import StoreExists
from pos_monitor.estate.services import change_terminal, create_store, register_terminal, tidy_tags
from pos_monitor.models import Store, Terminal

SIM: Final = re.compile(r"\d{6,22}")


class _WithShop(forms.Form):
    """A shop of the merchant's, or a new one beside it."""

    store = forms.ModelChoiceField(Store.objects.none(), required=False, label="Shop", empty_label="A new shop, named below")
    shop_name = forms.CharField(label="Name of the new shop", max_length=80, required=False)
    shop_region = forms.CharField(
        label="Its state or region", max_length=40, required=False, help_text="Such as TX. Tills are grouped by it."
    )
    shop_town = forms.CharField(label="Its town", max_length=60, required=False)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        stores = Store.objects.filter(merchant=merchant).order_by("name")
        self.fields["store"].queryset = stores  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("store") and "store" not in self.errors:
            for name, words in (
                ("shop_name", "Choose a shop above, or name a new one."),
                ("shop_region", "A new shop needs one."),
            ):
                if not said.get(name):
                    self.add_error(name, words)
        return said

    def shop(self) -> Store:
        """The shop that was chosen; a new one is made, unless there is one of that name. In the caller's transaction."""
        said = self.cleaned_data
        if said["store"]:
            return said["store"]  # type: ignore[no-any-return]
        try:
            return create_store(
                merchant=self.merchant, name=said["shop_name"], region=said["shop_region"], town=said["shop_town"], time_zone=self.merchant.time_zone
            )  # fmt: skip
        except StoreExists:
            return Store.objects.get(merchant=self.merchant, name=said["shop_name"])


class NewTill(_WithShop):
    kind = forms.ChoiceField(choices=Terminal.Kind.choices, label="What it is", initial=Terminal.Kind.TILL)
    label = forms.CharField(label="Name", max_length=40, help_text="As people in the shop call it, such as Till 3.")
    model = forms.CharField(label="Model", max_length=40, help_text="As it stands on the back of the device.")
    serial = forms.CharField(
        label="Serial number",
        max_length=40,
        help_text="Exactly as on the back: the enrolment code works in this device alone.",
    )
    field_order = ("kind", "label", "model", "serial", "store", "shop_name", "shop_region", "shop_town")

    def clean_model(self) -> str:
        return " ".join(self.cleaned_data["model"].split())

    def clean_serial(self) -> str:
        return " ".join(self.cleaned_data["serial"].split())

    @transaction.atomic
    def register(self) -> Terminal:
        """Raises TerminalExists; no shop is made then either."""
        said = self.cleaned_data
        return register_terminal(
            merchant=self.merchant, model=said["model"], serial=said["serial"], store=self.shop(), label=said["label"], kind=said["kind"]
        )  # fmt: skip


class TillChange(_WithShop):
    label = forms.CharField(label="Name", max_length=40, help_text="As people in the shop call it, such as Till 3.")
    network_operator = forms.CharField(label="Network operator", max_length=40, required=False)
    sim_iccid = forms.CharField(label="SIM number", max_length=22, required=False, help_text="6 to 22 digits, as on the card.")
    tags = forms.CharField(label="Tags", max_length=300, required=False, help_text="Words to find it by, parted by commas.")
    field_order = ("label", "store", "shop_name", "shop_region", "shop_town", "network_operator", "sim_iccid", "tags")

    def clean_sim_iccid(self) -> str:
        said: str = self.cleaned_data["sim_iccid"].strip()
        if said and not SIM.fullmatch(said):
            raise forms.ValidationError("A SIM’s number has 6 to 22 digits and nothing else.")
        return said

    @transaction.atomic
    def change(self, till: Terminal) -> Terminal:
        said = self.cleaned_data
        return change_terminal(
            terminal=till, label=said["label"], store=self.shop(), network_operator=said["network_operator"], sim_iccid=said["sim_iccid"],
            tags=tidy_tags(said["tags"].split(",")),
        )  # fmt: skip

    @classmethod
    def of(cls, till: Terminal) -> TillChange:
        now = {
            "label": till.label,
            "store": till.store_id,
            "network_operator": till.network_operator,
            "sim_iccid": till.sim_iccid,
        }
        return cls(merchant=till.merchant, initial={**now, "tags": ", ".join(till.tags)})
