"""The admin's frame."""

from django.templatetags.static import static

FORMAT_MODULE_PATH = ["n2store.formats"]
UNFOLD: dict[str, object] = {
    "SITE_TITLE": "N2Store",
    "SITE_HEADER": "N2Store",
    "SITE_URL": None,
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("n2store/favicon.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "n2store.dashboard.context",
    "STYLES": [
        lambda request: static("n2store/shop.css"),
        lambda request: static("n2store/badges.css"),
    ],
    "SCRIPTS": [lambda request: static("n2store/waiting.js")],
    "COMMAND": {"search_callback": "customers.console.palette.found"},  # Ctrl+K finds customers.
    "SIDEBAR": {"navigation": "n2store.navigation.sidebar"},
    "TABS": "n2store.navigation.tabs",
    "COLORS": {  # Teal: apart from the green of money coming in and from the red, amber and blue of states.
        "primary": {
            "50": "#f0fdfa",
            "100": "#ccfbf1",
            "200": "#99f6e4",
            "300": "#5eead4",
            "400": "#2dd4bf",
            "500": "#14b8a6",
            "600": "#0f766e",
            "700": "#115e59",
            "800": "#134e4a",
            "900": "#103f3c",
            "950": "#042f2e",
        },
    },
}
