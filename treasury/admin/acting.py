"""Pages by which Finance acts: a form, one service, and its refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from common import witness
from common.admin import ReadOnlyAdmin, Related
from common.admin_cells import list_url, row_url
from common.errors import PlatformError
from people.models import User
from people.roles import FINANCE, has_role

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
TEMPLATE, DECIDE = "admin/form.html", "admin/treasury/decide.html"
LOOKS = (
    (forms.CheckboxInput, CHECKBOX_CLASSES), (forms.Select, SELECT_CLASSES), (forms.Textarea, TEXTAREA_CLASSES),
)  # fmt: skip
Words = tuple[str, str, str]  # title, lead, what the button says


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, empty or not; None while the form is only shown."""
    return request.POST if request.method == "POST" else None


def dress(form: forms.Form) -> None:
    """The admin's own look for plain fields."""
    for field in form.fields.values():
        looks = next((looks for kind, looks in LOOKS if isinstance(field.widget, kind)), INPUT_CLASSES)
        field.widget.attrs["class"] = " ".join(looks)


def undecidable(*, is_open: bool, proposed_by_id: int, by: User) -> str:
    """Why this person does not decide a proposal; empty where they do."""
    if not is_open:
        return "This proposal is decided already."
    return "Another person than the one who proposed it decides." if proposed_by_id == by.pk else ""


class FinanceAdmin(ReadOnlyAdmin):
    """Looked at by many, acted on by Finance."""

    actions_while_open: ClassVar[tuple[str, ...]] = ()

    def has_act_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(request.user, FINANCE)

    def refusal(self, row: Any, by: User) -> str:
        """Why this person cannot do `actions_while_open` with the row now; empty where they can. The service refuses as well."""
        return ""

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """What would only be refused is not offered."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id)) if self.actions_while_open else None
        if row is None or not isinstance(request.user, User) or not self.refusal(row, request.user):
            return offered
        return [one for one in offered if one.method.original_function_name not in self.actions_while_open]

    def asked(
        self,
        request: HttpRequest,
        object_id: str,
        form: forms.Form,
        words: Words,
        act: Callable[[Any, User, Any], object],
        *,
        shown: Callable[[Any], list[Related]] | None = None,
    ) -> HttpResponse:
        """A form about a row, then the deed. shown: the tables of what is decided about, above the button."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        back_url, more = row_url(self.opts.label, row.pk), {}
        if shown is not None:
            assert isinstance(request.user, User)
            witness.saw(row)
            more = {"related_tables": shown(row), "refusal": self.refusal(row, request.user), "back_url": back_url}
        return self._asked(
            request,
            form,
            words,
            lambda by, typed: act(row, by, typed),
            back_url,
            template=DECIDE if more else TEMPLATE,
            more=more,
        )

    def asked_anew(
        self,
        request: HttpRequest,
        form: forms.Form,
        words: Words,
        act: Callable[[User, Any], object],
        *,
        template: str = TEMPLATE,
    ) -> HttpResponse:
        """A form about no row yet, then the deed. What was typed stays where the deed is refused."""
        return self._asked(request, form, words, act, list_url(self.opts.label), template=template, keeps_typed=True)

    def _asked(
        self,
        request: HttpRequest,
        form: forms.Form,
        words: Words,
        act: Callable[[User, Any], object],
        then: str,
        *,
        template: str = TEMPLATE,
        keeps_typed: bool = False,
        more: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            try:
                act(request.user, form.cleaned_data)
            except PlatformError as refused:
                if not keeps_typed:
                    messages.error(request, refused.message)
                    return HttpResponseRedirect(then)
                form.add_error(refused.param if refused.param in form.fields else None, refused.message)
            else:
                messages.success(request, "Done.")
                return HttpResponseRedirect(then)
        dress(form)
        title, lead, label = words
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "button": label,
            "opts": self.opts,
            "lead": lead,
            **(more or {}),
        }
        return TemplateResponse(request, template, context, status=400 if form.errors and keeps_typed else 200)
