"""Hosts on the web that the gateway fetches from, unless a setting says otherwise."""

IMAGE_HOSTS = ("*.tpos.vn", "*.pancake.vn", "*.fbcdn.net", "graph.facebook.com", "firebasestorage.googleapis.com")
PROXY_HOSTS = ("34tinhthanh.com", "tienich.vnhub.com", "img.vietqr.io")
