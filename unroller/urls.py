"""Addresses. They are public: links in the world point to them."""

from django.contrib import admin
from django.urls import path, re_path

from unroller.views import authors, health, home, media, threads, unroll

THREAD = r"^thread/(?P<source>x|bluesky|mastodon)/(?P<path>[^?#\x00-\x20]{1,512}?)"
AUTHOR = r"^author/(?P<source>x|bluesky|mastodon)/(?P<handle>[\w.@:-]{1,300})"

urlpatterns = [
    path("", home.home, name="home"),
    path("unroll", unroll.unroll, name="unroll"),
    path("unroll/<uuid:job_id>", unroll.job, name="job"),
    re_path(rf"{THREAD}/refresh$", threads.refresh, name="refresh"),
    re_path(rf"{THREAD}\.md$", threads.as_markdown, name="thread-markdown"),
    re_path(rf"{THREAD}\.json$", threads.as_json, name="thread-json"),
    re_path(rf"{THREAD}$", threads.thread, name="thread"),
    re_path(r"^thread/(?P<digits>[0-9]{1,19})(?:\.html)?$", threads.older_address, name="older-address"),
    re_path(rf"{AUTHOR}$", authors.author, name="author"),
    re_path(rf"{AUTHOR}/feed$", authors.feed, name="author-feed"),
    path("media/<signature>/<encoded>", media.medium, name="media"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", health.robots, name="robots"),
    path("admin/", admin.site.urls),
]
