"""Alice, who looks where she may not, and Charlie, of whom nobody may see or change anything."""

import base64
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import Token, User
from tests.whole_person import a_whole_person
from unroller import media, queries, unguessable
from unroller.models import (
    Archive,
    Blog,
    BlogPost,
    Claim,
    Delivery,
    FileGift,
    Follow,
    Highlight,
    ImportedLink,
    Integration,
    LibraryExport,
    LibraryImport,
    Lookup,
    Mention,
    PrivateLink,
    Profile,
    Reader,
    Request,
    Saved,
    ThreadFile,
)

CANARY = "canary-charlie"
"""Stands in everything of Charlie's."""


def alice() -> User:
    """With one of everything, and secrets that open what is hers."""
    person = a_whole_person("alice@example.com")
    SocialAccount.objects.update(extra_data={"username": "alice", "name": "Alice", "profile_image_url": ""})
    for made in (PrivateLink.objects.get(user=person), FileGift.objects.get(user=person)):
        made.digest = unguessable.digest(secret_of(made))
        made.expires_at = timezone.now() + timedelta(days=1)
        made.save()
    return person


def charlie() -> User:
    """The same, and everything says whose it is."""
    person = a_whole_person(f"{CANARY}@example.com")
    person.name = CANARY
    person.save()
    Saved.objects.filter(user=person).update(note=CANARY, tags=[CANARY])
    Highlight.objects.filter(user=person).update(note=CANARY)
    for table, field in ((Lookup, "text"), (Claim, "text"), (Token, "name"), (Archive, "name"), (Blog, "address")):
        table._default_manager.filter(user=person).update(**{field: f"https://{CANARY}.example/"})
    Integration.objects.filter(user=person).update(url=f"https://{CANARY}.example/")
    Request.objects.filter(user=person).update(link=f"https://x.com/{CANARY}/status/1")
    ImportedLink.objects.filter(origin__user=person).update(note=CANARY)
    UserSession.objects.filter(user=person).update(user_agent=CANARY)
    return person


def secret_of(made: PrivateLink | FileGift) -> str:
    kind = queries.PRIVATE_LINK if isinstance(made, PrivateLink) else queries.FILE_GIFT
    return unguessable.secret(kind, made.id)


def named_by(user: User) -> dict[str, str]:
    """What of a person's an address can name."""
    export = LibraryExport.objects.get(user=user)
    rows = {
        "saved_id": Saved,
        "highlight_id": Highlight,
        "import_id": LibraryImport,
        "gift_id": FileGift,
        "link_id": PrivateLink,
        "archive_id": Archive,
        "request_id": Request,
        "claim_id": Claim,
        "profile_id": Profile,
        "blog_id": Blog,
        "token_id": Token,
        "integration_id": Integration,
        "lookup_id": Lookup,
        "session_id": UserSession,
        "pk": Authenticator,
    }
    found: dict[str, Any] = {name: table._default_manager.get(user=user).pk for name, table in rows.items()}
    found["post_id"] = BlogPost.objects.get(blog__user=user).pk
    found["mention_id"] = Mention.objects.get(key=user.email).pk
    found["export_id"] = export.pk
    told = Delivery.objects.create(
        integration=Integration.objects.get(user=user), event="test", give_up_at=timezone.now()
    )
    found["delivery_id"] = told.pk
    return {name: str(value) for name, value in found.items()}


def of_nobody(user: User) -> dict[str, list[str]]:
    """The rest of what stands in addresses: what is everybody's, and the secrets of one person."""
    follow = Follow.objects.select_related("author").get(user=user)
    thread = Saved.objects.get(user=user).thread
    _, _, signature, encoded = media.address("https://pbs.example/1.jpg").split("/")
    reader = Reader.objects.get(user=user)
    made: list[PrivateLink | FileGift] = [*PrivateLink.objects.filter(user=user), *FileGift.objects.filter(user=user)]
    file = ThreadFile.objects.create(thread=thread, kind="epub", changed_at=thread.changed_at)
    return {
        "job_id": ["00000000-0000-0000-0000-000000000001"],
        "digits": [thread.path],
        "handle": [follow.author.handle, "did:plc:x", "a@b.example"],
        "path": [thread.path, "1/2", "host.example/1", "did:plc:x/1", "~1/1"],
        "source": ["x", "bluesky", "mastodon"],
        "sample": ["tide"],
        "slug": ["unroll"],
        "name": ["css/site.0123456789ab.css", "../settings.0123456789ab.py"],
        "provider": ["postmark", "mailgun", "nobody"],
        "file_id": [str(file.pk)],
        "signature": [signature],
        "encoded": [encoded, base64.urlsafe_b64encode(b"http://127.0.0.1:1/\x00").decode()],
        "thread_id": [str(thread.pk)],
        "number": ["1"],
        "secret": [*map(secret_of, made), "A" * 43],
        "token": [*map(str, (reader.feed_token, reader.mail_token, follow.mail_token)), f"{'0' * 64}:{'a' * 30}"],
    }


def written() -> int:
    """How many rows were written in this transaction so far, whatever became of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0] or 0)


def rows() -> dict[str, str]:
    """A fingerprint of every table's rows."""
    return _fingerprints("")


def rows_of(user: User) -> dict[str, str]:
    """The same of what is one person's."""
    return _fingerprints(f"WHERE t.user_id = {user.pk}")


def _fingerprints(where: str) -> dict[str, str]:
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.db_table != "django_session"
        if not where or any(field.column == "user_id" for field in model._meta.concrete_fields)
    ]
    parts = (
        f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t {where}" for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
