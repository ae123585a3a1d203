"""The numbers that the articles say: each is the constant or the setting by which the code goes, never typed again."""

from datetime import timedelta

from django.conf import settings

from accounts import freshness, limits
from accounts.actions import tokens
from billing import amounts, plans, standing
from billing.entitlements import offered
from billing.plans import FREE, PREMIUM, Limit, dollars
from unroller import mail
from unroller.actions import (
    chains,
    contact,
    copying,
    data_exports,
    file_gifts,
    highlights,
    import_rows,
    integrations,
    keeping,
    kindle,
    library_exports,
    library_parts,
    lists,
    mornings,
    practicing,
    private_links,
    recommending,
    threads,
    unrolling,
    weekly,
)
from unroller.actions.blogs import connecting
from unroller.actions.bot import deciding, working
from unroller.core import reading, tags
from unroller.forms.library import LONGEST_NOTE
from unroller.sources import base

MEGABYTE = 1_000_000


def numbers() -> dict[str, object]:
    """All of them by name: whole numbers, in the unit that the name ends in, and prices as they are written."""
    return {**_reading(), **_following(), **_keeping(), **_giving(), **_money(), **_asking(), **_people()}


def _reading() -> dict[str, object]:
    return {
        "most_posts": base.CAP,
        "most_posts_more": base.HARD_CAP,
        "refresh_minutes": minutes(unrolling.REFRESH_AGAIN),
        "refreshes_hour": limits.everybodys(limits.REFRESHES),
        "words_minute": reading.WORDS_A_MINUTE,
        "characters_minute": reading.CHARACTERS_A_MINUTE,
        "first_picture_seconds": reading.FIRST_PICTURE_SECONDS,
        "least_picture_seconds": reading.LEAST_PICTURE_SECONDS,
        "most_recording_seconds": reading.MOST_RECORDING_SECONDS,
        "searches_minute": limits.everybodys(limits.SEARCHES),
        "unrolls_free": offered(FREE).limit(Limit.UNROLLS),
        "unrolls_premium": offered(PREMIUM).limit(Limit.UNROLLS),
    }


def _following() -> dict[str, object]:
    return {
        "authors_free": FREE.limit(Limit.AUTHORS),
        "authors_premium": PREMIUM.limit(Limit.AUTHORS),
        "thread_posts": chains.ENOUGH + 1,
        "quiet_minutes": minutes(timedelta(seconds=settings.FOLLOW_QUIET_SECONDS)),
        "list_authors": lists.MOST_LINES,
        "mail_hour": mornings.HOUR,
        "mail_threads": mail.MOST_THREADS,
        "old_hours": hours(threads.FRESH),
    }


def _keeping() -> dict[str, object]:
    return {
        "saved_free": FREE.limit(Limit.SAVED),
        "tag_letters": tags.LONGEST,
        "thread_tags": tags.MOST,
        "note_letters": LONGEST_NOTE,
        "highlight_letters": highlights.MOST_WORDS,
        "thread_highlights": highlights.MOST_IN_A_THREAD,
        "list_links": import_rows.MOST_LINKS,
        "x_posts_day": limits.everybodys(limits.X_POSTS_INTO_FILES),
        "library_exports_day": limits.everybodys(limits.LIBRARY_EXPORTS),
        "library_export_days": library_exports.KEPT.days,
        "library_part_threads": library_parts.MOST_THREADS,
        "kept_megabytes": PREMIUM.limit(Limit.KEPT_MEGABYTES),
        "recording_megabytes": copying.MOST_BYTES_A_RECORDING // MEGABYTE,
        "kept_grace_days": keeping.GRACE.days,
        "kept_warned_days": keeping.WARNED_BEFORE.days,
        "kindle_megabytes": kindle.MOST_BYTES // MEGABYTE,
        "kindle_day": limits.everybodys(limits.KINDLE_BOOKS),
        "weekly_threads": weekly.MOST_THREADS,
        "tokens": tokens.MOST,
        "api_minute": limits.everybodys(limits.API_REQUESTS),
        "webhooks": integrations.MOST_WEBHOOKS,
    }


def _giving() -> dict[str, object]:
    *others, longest = private_links.DAYS
    return {
        "link_days": f"{', '.join(map(str, others))} or {longest}",
        "links": private_links.MOST,
        "gift_files": file_gifts.A_MONTH,
        "gift_file_days": file_gifts.GOOD_FOR.days,
        "friends_day": limits.everybodys(limits.RECOMMENDATIONS),
        "friend_letters": recommending.LONGEST_NOTE,
        "blogs_most": connecting.MOST,
        "blogs_x_posts": limits.everybodys(limits.X_POSTS_INTO_FILES),
    }


def _money() -> dict[str, object]:
    return {
        "price_month": dollars(plans.MONTH.cents),
        "price_year": dollars(plans.YEAR.cents),
        "price_gift": dollars(plans.GIFT_CENTS),
        "grace_days": standing.GRACE.days,
        "least_donation": dollars(amounts.LEAST),
        "most_donation": dollars(amounts.MOST),
        "patron_month": dollars(settings.PATREON_LEAST_CENTS),
        "comparison": plans.comparison(),
    }


def _asking() -> dict[str, object]:
    return {
        "bot_often": deciding.OFTEN,
        "bot_often_minutes": minutes(deciding.A_WHILE),
        "bot_day": deciding.MANY,
        "bot_again_minutes": minutes(deciding.AGAIN),
        "bot_old_hours": hours(deciding.OLDEST),
        "bot_kept_days": working.KEPT.days,
        "practice_hours": hours(practicing.KEPT),
        "practice_hour": limits.everybodys(limits.PRACTICE),
    }


def _people() -> dict[str, object]:
    return {
        "code_minutes": settings.ACCOUNT_LOGIN_TIMEOUT // 60,
        "fresh_minutes": minutes(freshness.FRESH),
        "session_days": timedelta(seconds=settings.SESSION_COOKIE_AGE).days,
        "own_data_days": data_exports.KEPT.days,
        "contact_days": contact.KEPT.days,
        "archive_gigabytes": f"{settings.ARCHIVE_MEGABYTES / 1000:g}",
    }


def minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)


def hours(time: timedelta) -> int:
    return int(time.total_seconds() // 3600)
