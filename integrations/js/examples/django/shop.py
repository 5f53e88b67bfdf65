"""A server-rendered shop of one file: `python shop.py`. It knows the prices and the secret key, and makes the checkout session."""

import json
import os
import uuid
from pathlib import Path
from urllib.parse import quote

import httpx
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template import Context, Engine
from django.urls import path
from django.views.decorators.http import require_POST

PLATFORM, PORT = os.environ["FSA_PLATFORM"], os.environ.get("PORT", "8100")
HOME = f"http://127.0.0.1:{PORT}"
CSP = f"default-src 'none'; script-src {PLATFORM}; connect-src {PLATFORM}; style-src 'self'; form-action 'self' {PLATFORM}"
PAGE = Engine().from_string("""<!doctype html>
<html lang="es"><head><meta charset="utf-8"><title>Farmacia Django</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/shop.css">
<script defer src="{{ platform }}/sdk/v1/fsa.js" data-publishable-key="{{ key }}"></script></head>
<body><main><h1>Farmacia Django</h1>{% if notice %}<p role="status">{{ notice }}</p>{% endif %}
<form method="post" action="/pay"><input type="hidden" name="csrfmiddlewaretoken" value="{{ token }}"><ul>
{% for p in products %}<li><span>{{ p.title }}</span> <fsa-badge ref="{{ p.sku }}" show-reason></fsa-badge> <b>${{ p.price }}</b></li>{% endfor %}
</ul><h2>Su carrito: uno de cada</h2><fsa-cart-split lines="{{ lines }}"></fsa-cart-split>
<button>Pagar con FSA o HSA</button></form></main></body></html>""")

settings.configure(
    SECRET_KEY=uuid.uuid4().hex, ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, DEBUG=False,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)  # fmt: skip


def api(address, body=None):
    headers = {"Authorization": f"Bearer {os.environ['FSA_SECRET_KEY']}"}
    if body is not None:
        headers["Idempotency-Key"] = uuid.uuid4().hex
    answer = httpx.request("GET" if body is None else "POST", PLATFORM + address, json=body, headers=headers, timeout=20)
    answer.raise_for_status()
    return answer.json()


def products():
    return [p for p in api("/v1/products?limit=6")["data"] if p["is_active"] and p["price_cents"]]


def shop(request, notice=""):
    shelf = products()
    context = {
        "platform": PLATFORM, "key": os.environ["FSA_PUBLISHABLE_KEY"], "notice": notice, "token": get_token(request),
        "products": [{**p, "price": f"{p['price_cents'] / 100:.2f}"} for p in shelf],
        "lines": json.dumps([{"product": p["id"], "quantity": 1} for p in shelf]),
    }  # fmt: skip
    return HttpResponse(PAGE.render(Context(context)), headers={"Content-Security-Policy": CSP})


@require_POST
def pay(request):
    lines = [{"product": p["id"], "quantity": 1} for p in products()]
    urls = {"success_url": f"{HOME}/thanks?session={{SESSION_ID}}", "cancel_url": f"{HOME}/"}
    try:
        session = api("/v1/checkout/sessions", {"line_items": lines, **urls})
    except httpx.HTTPStatusError as error:
        return shop(request, error.response.json()["error"]["message"])
    return HttpResponseRedirect(session["url"], status=303)


def thanks(request):
    """What the address says proves nothing: the platform is asked."""
    status = api(f"/v1/checkout/sessions/{quote(request.GET['session'])}")["status"]
    return shop(request, "Pagado. ¡Gracias!" if status == "complete" else f"Su pago: {status}.")


def style(request):
    return HttpResponse((Path(__file__).parent.parent / "shop.css").read_bytes(), content_type="text/css")


urlpatterns = [path("", shop), path("pay", pay), path("thanks", thanks), path("shop.css", style)]

if __name__ == "__main__":
    execute_from_command_line(["shop", "runserver", f"127.0.0.1:{PORT}", "--noreload", "--skip-checks"])
