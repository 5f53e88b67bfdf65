"""One's second factors: what there is, and removing a passkey, which those who must have a factor may not do with the last."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from people.second_factor import has_second_factor, needs_second_factor


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    """allauth asks its adapter before it turns an authenticator app off, but not before it removes a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.error(
                self.request, "This is your only second factor, and your work needs one. Add another before you remove it."
            )
            return HttpResponseRedirect(self.get_success_url())
        response: HttpResponse = super().form_valid(form)
        return response


class FactorsView(IndexView):  # type: ignore[misc]
    """The page to which everybody is led who must have a factor and has none."""

    template_name = "mfa/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return {
            **super().get_context_data(**kwargs), "must_have": needs_second_factor(user), "has_one": has_second_factor(user),
            "next_url": get_next_redirect_url(self.request),
        }  # fmt: skip


factors = FactorsView.as_view()
remove_passkey = RemovePasskeyView.as_view()
