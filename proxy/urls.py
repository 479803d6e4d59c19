"""Addresses of the gateway. The front sends them to `gate`: `proxy/addresses.py` and the Caddyfile name the same."""

from django.urls import URLPattern, URLResolver, path

from proxy.api import tpos_facebook
from proxy.api.direct import ForwardDirect
from proxy.api.facebook_send import FacebookSend
from proxy.api.fetching import Fetch
from proxy.api.forwarding import PANCAKE_MOUNTS, TPOS_MOUNTS, ForwardToTpos
from proxy.api.gemini import AskGemini
from proxy.api.images import FacebookAvatar, ImageProxy, PancakeAvatar
from proxy.api.pages import (
    Conversations,
    FindByPsid,
    Messages,
    Pages,
    PrivateReply,
    Read,
    RefreshTokens,
    Send,
    UploadAttachment,
)
from proxy.api.time import Time
from proxy.api.token import TposToken
from proxy.api.tpos_facebook import AskTpos, FacebookHealth, LiveVideos, StreamComments
from proxy.api.uploads import Kept, UploadHealth, UploadImage
from proxy.upstreams import PANCAKE

urlpatterns: list[URLPattern | URLResolver] = [
    *(
        path(
            f"api/{name}/<path:rest>", ForwardToTpos.as_view(upstream=upstream, mount=f"/api/{name}/", becomes=becomes)
        )
        for name, (upstream, becomes) in TPOS_MOUNTS.items()
    ),
    *(
        path(f"api/{name}/<path:rest>", view.as_view(upstream=upstream, mount=f"/api/{name}/", becomes=upstream.prefix))
        for name, (view, upstream) in PANCAKE_MOUNTS.items()
    ),
    path(
        "api/pancake-direct/<path:rest>",
        ForwardDirect.as_view(upstream=PANCAKE, mount="/api/pancake-direct/", becomes=PANCAKE.prefix),
    ),
    path("api/token", TposToken.as_view()),
    path("api/image-proxy", ImageProxy.as_view()),
    path("api/fb-avatar", FacebookAvatar.as_view()),
    path("api/pancake-avatar", PancakeAvatar.as_view()),
    path("api/proxy", Fetch.as_view()),
    path("api/debug/time", Time.as_view()),
    path("api/facebook-send", FacebookSend.as_view()),
    path("api/gemini/chat", AskGemini.as_view()),
    path("api/refresh-tokens", RefreshTokens.as_view()),
    path("api/pages", Pages.as_view()),
    path("api/pages/<str:page_id>/conversations", Conversations.as_view()),
    path("api/pages/<str:page_id>/conversations/find-by-psid", FindByPsid.as_view()),
    path("api/pages/<str:page_id>/conversations/<str:conversation_id>/read", Read.as_view()),
    path("api/pages/<str:page_id>/messages", Send.as_view()),
    path("api/pages/<str:page_id>/upload", UploadAttachment.as_view()),
    path("api/pages/<str:page_id>/comments/<str:comment_id>/private-reply", PrivateReply.as_view()),
    path("api/conversations/<str:conversation_id>/messages", Messages.as_view()),
    path("api/upload/image", UploadImage.as_view()),
    path("api/upload/health", UploadHealth.as_view()),
    path("media/<path:name>", Kept.as_view()),
    path("facebook/crm-teams", AskTpos.as_view(question=tpos_facebook.crm_teams)),
    path("facebook/live-campaigns", AskTpos.as_view(question=tpos_facebook.live_campaigns)),
    path("facebook/comments", AskTpos.as_view(question=tpos_facebook.comments)),
    path("facebook/comments/stream", StreamComments.as_view()),
    path("facebook/comment-orders", AskTpos.as_view(question=tpos_facebook.comment_orders)),
    path("facebook/livevideo", LiveVideos.as_view()),
    path("facebook/health", FacebookHealth.as_view()),
]
