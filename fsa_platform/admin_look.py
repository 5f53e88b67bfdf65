"""How the admin looks: names, colours, navigation."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "FSA platform",
    "SITE_HEADER": "FSA platform",
    "SITE_SUBHEADER": "Support",
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "portal.admin_home.environment_badge",
    "DASHBOARD_CALLBACK": "portal.admin_home.dashboard",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}],
    "STYLES": [lambda request: static("css/admin.css")],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "portal.admin_navigation.navigation"},
    "COLORS": {
        # The platform's blue (static/css/tokens.css) from light to dark.
        "primary": {
            "50": "#eff4ff",
            "100": "#dde7fe",
            "200": "#c3d5fd",
            "300": "#9ab8fb",
            "400": "#6a92f6",
            "500": "#3f6df0",
            "600": "#1d4ed8",
            "700": "#1a41b0",
            "800": "#1b3a8c",
            "900": "#1c346f",
            "950": "#142145",
        }
    },
}
