"""`{% payment_scripts "pay" %}`: the scripts of a payment page, each bound to the content that was authorised."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from checkout.payment_pages.inventory import Script, inventory

register = template.Library()


@register.simple_tag
def payment_scripts(page: str) -> SafeString:
    """Imported modules are preloaded with their integrity: the browser runs no other content under their names."""
    return format_html_join("\n  ", "{}", ((_element(script),) for script in inventory().scripts_of(page)))


def _element(script: Script) -> SafeString:
    form = '<script type="module" src="{}" integrity="{}"></script>'
    if not script.is_entry:
        form = '<link rel="modulepreload" href="{}" integrity="{}">'
    return format_html(form, static(script.path), script.sha384)
