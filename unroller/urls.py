"""Addresses. They are public: links in the world point to them."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from accounts import webhooks
from unroller.views import (
    account,
    account_data,
    account_delete,
    authors,
    follow,
    health,
    home,
    lists,
    mail,
    media,
    my_authors,
    personal,
    personal_feed,
    support,
    threads,
    unroll,
    wishes,
)

THREAD = r"^thread/(?P<source>x|bluesky|mastodon)/(?P<path>[^?#\x00-\x20]{1,512}?)"
AUTHOR = r"^author/(?P<source>x|bluesky|mastodon)/(?P<handle>[\w.@:-]{1,300})"

# The admin has no door of its own: everybody signs in where attempts are counted.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

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
    re_path(rf"{AUTHOR}/follow$", follow.follow, name="follow"),
    path("wish", wishes.wish, name="wish"),
    path("my-authors", my_authors.followed, name="my-authors"),
    path("my-authors/find", follow.find, name="find-author"),
    path("my-authors/find/<uuid:lookup_id>", follow.lookup, name="lookup"),
    path("my-authors/cadence", my_authors.cadence, name="cadence"),
    path("my-authors/unfollow", my_authors.unfollow, name="unfollow"),
    path("my-authors/seen", my_authors.seen, name="mark-seen"),
    path("my-authors/feed", my_authors.renew_feed, name="renew-feed"),
    path("my-authors/import", lists.bring_in, name="import-authors"),
    path("my-authors/import/clear", lists.clear, name="clear-report"),
    path("my-authors.csv", lists.as_csv, name="my-authors-csv"),
    path("my-authors.opml", lists.as_opml, name="my-authors-opml"),
    path("feed/<uuid:token>", personal_feed.personal_feed, name="personal-feed"),
    path("media/<signature>/<encoded>", media.medium, name="media"),
    path("support", support.support, name="support"),
    path("personal", personal.personal, name="personal"),
    path("personal/place", personal.place, name="place"),
    path("mail/stop/<uuid:token>", mail.stop, name="stop-mail"),
    path("mail/events/<slug:provider>", webhooks.events, name="mail-events"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", health.robots, name="robots"),
    path("account", account.account, name="account"),
    path("account/reading", account.reading, name="account-reading"),
    path("account/mail", account.mail, name="account-mail"),
    path("account/data", account_data.ask, name="account-data"),
    path("account/data/<uuid:export_id>", account_data.file, name="account-data-file"),
    path("account/delete", account_delete.delete, name="account-delete"),
    path("account/deleted", account_delete.deleted, name="account-deleted"),
    path("accounts/", include("accounts.urls")),
    path("", include("billing.urls")),
    path("admin/", admin.site.urls),
]
