"""Pages by which Finance acts: a form, one service, and its refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from common.admin import ReadOnlyAdmin
from common.admin_cells import list_url, row_url
from common.errors import PlatformError
from people.models import User
from people.roles import FINANCE, has_role

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
TEMPLATE = "admin/form.html"
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


class FinanceAdmin(ReadOnlyAdmin):
    """Looked at by many, acted on by Finance."""

    def has_act_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(request.user, FINANCE)

    def asked(
        self, request: HttpRequest, object_id: str, form: forms.Form, words: Words, act: Callable[[Any, User, Any], object]
    ) -> HttpResponse:
        """A form about a row, then the deed."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return self._asked(request, form, words, lambda by, typed: act(row, by, typed), row_url(self.opts.label, row.pk))

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
        }
        return TemplateResponse(request, template, context, status=400 if form.errors and keeps_typed else 200)
