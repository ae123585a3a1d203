"""Everything the site knows of a person, as files of JSON in a zip: one small function a subject.

Left out are secrets (the password's hash, keys, tokens in addresses) and what belongs to others. A new table about
people gets a function and a line in SUBJECTS; a test fails for a table that points to people and is in none.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone

from accounts.models import Letter, User
from accounts.personal import AT_ONCE, Facts, rows
from billing import personal as money
from unroller.actions import library_json, sharing_json
from unroller.models import DataExport, Follow, Lookup, Notification, Reader, Reading


class Subject(NamedTuple):
    """A file: its name, what is in it, and the facts themselves (times are UTC)."""

    file: str
    about: str
    collect: Callable[[User], Iterable[Facts]]


def write(user: User, file: IO[bytes]) -> Iterator[str]:
    """Write the zip, and tell after each of its files which one is done."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_entry("README.txt"), _read_me())
        for subject in SUBJECTS:
            with archive.open(_entry(subject.file), "w", force_zip64=True) as entry:
                _write_list(subject.collect(user), entry)
            yield subject.file


def account(user: User) -> Iterator[Facts]:
    """Name, settings, and what the site noted about the address."""
    reader = Reader.objects.filter(user=user).first()
    yield {
        "number": user.id,
        "email": user.email,
        "name": user.name,
        "joined_at": user.joined_at,
        "last_signed_in_at": user.last_login,
        "time_zone": user.time_zone,
        "reading_preferences": user.reading,
        "no_mail_about_new_threads": bool(reader and reader.mail_off),
        "mail_stopped_because": user.get_mail_stopped_display(),
        "mail_stopped_at": user.mail_stopped_at,
        "may_use_the_admin": user.is_staff,
    }


def addresses(user: User) -> Iterable[Facts]:
    """E-mail addresses, also those that wait to be confirmed."""
    return rows(EmailAddress.objects.filter(user=user).order_by("id").values("email", "verified", "primary"))


def sign_in(user: User) -> Iterator[Facts]:
    """Ways to sign in beside the code by e-mail, without their secrets."""
    if user.has_usable_password():
        yield {"way": "password"}
    for key in Authenticator.objects.filter(user=user).order_by("id"):
        name = key.data.get("name", "") if key.type == Authenticator.Type.WEBAUTHN else ""
        yield {"way": key.type, "name": name, "added_at": key.created_at, "last_used_at": key.last_used_at}
    for network in SocialAccount.objects.filter(user=user).order_by("id"):
        yield {
            "way": network.provider,
            "id_there": network.uid,
            "as_told_by_the_network": network.extra_data,
            "connected_at": network.date_joined,
            "last_used_at": network.last_login,
        }


def sessions(user: User) -> Iterable[Facts]:
    """Where the person is signed in."""
    found = UserSession.objects.filter(user=user).order_by("id")
    return rows(found.values("created_at", "last_seen_at", "ip", "user_agent"))


def follows(user: User) -> Iterator[Facts]:
    """My Authors."""
    for row in Follow.objects.filter(user=user).select_related("author").order_by("id").iterator(AT_ONCE):
        yield {
            "network": row.author.source,
            "handle": row.author.handle,
            "name": row.author.name,
            "url": row.author.url,
            "told": row.cadence,
            "new_threads_are_saved": row.keep,
            "since": row.created_at,
            "seen_at": row.seen_at,
        }


def lookups(user: User) -> Iterable[Facts]:
    """Authors looked for by handle or link, imported lists included."""
    found = Lookup.objects.filter(user=user).order_by("created_at")
    return rows(found.values("text", "source", "cadence", "state", "sentence", "created_at", "finished_at"))


def readings(user: User) -> Iterator[Facts]:
    """Threads that were opened, and where reading stopped."""
    times = ("opened_at", "changed_at", "read_at")
    found = Reading.objects.filter(user=user).order_by("id")
    return _about_threads(found.values(*THREAD, "position", "post_id", *times))


def notifications(user: User) -> Iterator[Facts]:
    """New threads that the person was told about, or will be."""
    found = Notification.objects.filter(user=user).order_by("id")
    return _about_threads(found.values(*THREAD, "created_at", "due_at", "settled_at", "outcome"))


def letters(user: User) -> Iterable[Facts]:
    """Other mail: codes, changes of address. Its words are not kept."""
    mine = EmailAddress.objects.filter(user=user, verified=True).values("email")
    found = Letter.objects.filter(Q(user=user) | Q(to__in=mine)).order_by("created_at")
    return rows(found.values("name", "to", "created_at", "settled_at", "outcome"))


def exports(user: User) -> Iterable[Facts]:
    """Files like this one."""
    found = DataExport.objects.filter(user=user).order_by("created_at")
    return rows(found.values("created_at", "finished_at", "expires_at"))


SUBJECTS = (
    Subject("account.json", "Your name, your settings, and what we noted about your address.", account),
    Subject("addresses.json", "Your e-mail addresses.", addresses),
    Subject("sign-in.json", "How you sign in, without secrets. A code by e-mail always works.", sign_in),
    Subject("sessions.json", "Where you are signed in.", sessions),
    Subject("authors.json", "The authors you follow, since when, and how you are told.", follows),
    Subject("lookups.json", "Authors you looked for by handle or link, or imported.", lookups),
    Subject("requests.json", "Links you asked us to unroll.", sharing_json.requests),
    Subject("mentions.json", "What you asked the bot for on networks.", sharing_json.mentions),
    Subject("profiles.json", "Profiles you proved to be yours.", sharing_json.profiles),
    Subject("blogs.json", "Your blogs, without our keys to them.", sharing_json.blogs),
    Subject("blog-posts.json", "Threads of yours on your blogs.", sharing_json.blog_posts),
    Subject("claims.json", "Profiles you said are yours.", sharing_json.claims),
    Subject("messages.json", "What you wrote to us, and our answers.", sharing_json.contact_messages),
    Subject("reports.json", "Pages you reported, and what was decided.", sharing_json.reports),
    Subject("bans.json", "Whether we banned your account, and why.", sharing_json.bans),
    Subject("archives.json", "Archives of X you brought, and what became of them.", sharing_json.archives),
    Subject("archived-threads.json", "Threads out of your archives of X.", sharing_json.archived_threads),
    Subject("reading.json", "Threads you opened while signed in, and where you stopped.", readings),
    Subject("library.json", "The threads you saved, with your tags and notes.", library_json.saved),
    Subject("highlights.json", "The passages you highlighted, with your notes.", library_json.highlights),
    Subject("library-imports.json", "Lists of links you brought, link by link.", library_json.imports),
    Subject("library-exports.json", "When you asked for your library as files.", library_json.exports),
    Subject("kept.json", "Threads whose pictures and video are kept here for you.", sharing_json.kept),
    Subject("private-links.json", "Private links you made.", sharing_json.private_links),
    Subject("gifts-of-files.json", "Files you let a friend take.", sharing_json.file_gifts),
    Subject("shelf.json", "Where your books go, and how often.", sharing_json.shelf),
    Subject("books.json", "Books that were mailed to you, and mail to your friends.", sharing_json.parcels),
    Subject("weekly-books.json", "Threads that were in your weekly books.", sharing_json.bundled),
    Subject("recommendations.json", "Threads you sent to friends.", sharing_json.recommendations),
    Subject("integrations.json", "Other services that are told of your library.", sharing_json.integrations),
    Subject("tokens.json", "Tokens of your programs, without their secrets.", sharing_json.tokens),
    Subject("notifications.json", "New threads you were told about, or will be.", notifications),
    Subject("mail.json", "Other mail we sent you. We do not keep its words.", letters),
    Subject("membership.json", "Your membership, as Stripe last told us.", money.membership),
    Subject("payments.json", "What you paid, and what you got back.", money.payments),
    Subject("checkouts.json", "What you began to pay for, gifts and donations included.", money.checkouts),
    Subject("premium.json", "Premium you were given.", money.grants),
    Subject("patreon.json", "Your account at Patreon, if you connected it.", money.patron),
    Subject("exports.json", "When you asked for files like this one.", exports),
)
THREAD = (*library_json.PAGE, "thread__title")


def _about_threads(found: Any) -> Iterator[Facts]:
    """Rows with the thread's address and title instead of our columns for them."""
    for row in rows(found):
        yield {"thread": library_json.page(row), "title": row.pop("thread__title"), **row}


def _entry(name: str) -> zipfile.ZipInfo:
    """A compressed file of now; by itself a zip says 1980."""
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_list(facts: Iterable[Facts], entry: IO[bytes]) -> None:
    """A JSON array, one element a line, never whole in memory."""
    out = io.TextIOWrapper(entry, encoding="utf-8", newline="\n", write_through=True)
    out.write("[")
    for number, fact in enumerate(facts):
        out.write(",\n" if number else "\n")
        json.dump(fact, out, cls=DjangoJSONEncoder, ensure_ascii=False)
    out.write("\n]\n")
    out.detach()


def _read_me() -> str:
    width = max(len(subject.file) for subject in SUBJECTS) + 2
    lines = [f"{subject.file:{width}}{subject.about}" for subject in SUBJECTS]
    head = f"Your data on {settings.SITE_NAME} ({settings.SITE_URL}), put together on {timezone.now():%B %-d, %Y}."
    tail = "Each file is a list in JSON. Times are UTC. Passwords, keys and secret addresses are left out."
    return "\n".join([head, "", *lines, "", tail, ""])
