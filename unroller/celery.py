"""Celery: the broker is a doorbell, the rows are the queue. Beat's clock is here, one line per job with its reason."""

import os
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")

from django.conf import settings

from unroller import task_numbers, task_tallies  # noqa: F401  (they listen to Celery)

SECONDS = 1.0
MINUTES = 60.0


def proving(url: str) -> str:
    """The address of Redis; `rediss://` asks the server to prove its name. Every other client of ours does so unless it
    is told not to, but this one, told nothing, takes any certificate, and hands the password to whoever shows one."""
    parts = urlsplit(url)
    if parts.scheme != "rediss" or "ssl_cert_reqs" in dict(parse_qsl(parts.query)):
        return url
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))))


app = Celery("unroller")
app.conf.update(
    broker_url=proving(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_connect_timeout": settings.REDIS_TIMEOUT,
        "socket_timeout": 10 * settings.REDIS_TIMEOUT,
        "max_retries": 0,
        # A worker that lost Redis would try to put the bells in its hands back there, and end itself over it. A bell
        # that is lost rings again a minute later, as every row's does, so nothing has to be kept until it is heard.
        "ack_emulation": False,
    },
    task_publish_retry=False,
    task_ignore_result=True,
    task_default_queue="fetch",
    task_routes={
        "unroller.fetch": {"queue": "fetch"},
        "unroller.fetch_slowly": {"queue": "slow"},  # a network that drips must not keep others from being asked
        "unroller.look_up": {"queue": "fetch"},
        "unroller.look_up_slowly": {"queue": "look"},  # a server that hangs must not keep links from being read
        "unroller.poll": {"queue": "look"},
        "unroller.announce": {"queue": "notify"},
        "unroller.notify": {"queue": "notify"},
        "accounts.deliver": {"queue": "letters"},  # somebody waits for a code: a worker of its own
        "unroller.tell": {"queue": "tell"},  # readers' own servers may be slow: nothing else waits for them
        "unroller.publish": {"queue": "tell"},  # so may authors' own blogs be
        "unroller.export_data": {"queue": "export"},
        "unroller.make_file": {"queue": "export"},
        "unroller.export_library": {"queue": "export"},
        "unroller.send_parcel": {"queue": "export"},
        "unroller.copy_media": {"queue": "copy"},  # nobody waits for a copy, and there are many
        "unroller.check_copies": {"queue": "copy"},
        "unroller.bot_*": {"queue": "bot"},  # who mentions the bot waits for one answer, whatever else goes on
        "unroller.comply*": {"queue": "comply"},  # long looks that nobody waits for, but a day is their limit
        "unroller.read_archive": {"queue": "archive"},  # up to 5 GB at a time
        "unroller.check_claim": {"queue": "look"},
        "accounts.close": {"queue": "export"},
        "billing.*": {"queue": "billing"},  # a burst of fetches must not delay money
        "*": {"queue": "clock"},
    },
    task_time_limit=10 * MINUTES,
    # Whole files take longer than anything else; a test adds up what their parts may take.
    task_annotations={
        "unroller.make_file": {"time_limit": 20 * MINUTES},
        "unroller.export_library": {"time_limit": 20 * MINUTES},
        "unroller.send_parcel": {"time_limit": 20 * MINUTES},
        "unroller.read_archive": {"time_limit": 20 * MINUTES},
    },
    worker_max_memory_per_child=500_000,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    enable_utc=True,
    timezone="UTC",
    beat_scheduler="unroller.clock:OneClock",
    beat_schedule={
        # Rings for requests whose bell was lost: Redis was away, a worker died, a network asked us to wait.
        "sweep": {"task": "unroller.sweep", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        # Fresh threads grow, and search indexes are late.
        "check": {"task": "unroller.check", "schedule": 20 * SECONDS, "options": {"expires": 20 * SECONDS}},
        # Followed authors whose time has come are looked at; chains of theirs that are quiet are unrolled.
        "poll": {"task": "unroller.poll_due", "schedule": 2 * SECONDS, "options": {"expires": 2 * SECONDS}},
        "quiet": {"task": "unroller.unroll_quiet", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        # The bot looks for mentions, network by network, as each one's time has come.
        "bot": {"task": "unroller.poll_bot", "schedule": 2 * SECONDS, "options": {"expires": 2 * SECONDS}},
        # Threads that are new and have come to rest are announced to their authors' followers.
        "announce": {"task": "unroller.announce_due", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        # Mail about new threads whose time has come: a morning somewhere, or a mail server that was away.
        "notify": {"task": "unroller.notify", "schedule": 10 * SECONDS, "options": {"expires": 10 * SECONDS}},
        # Weekly books whose Monday morning has come, somewhere.
        "books": {"task": "unroller.weekly_books", "schedule": 1 * MINUTES, "options": {"expires": 1 * MINUTES}},
        # New versions of threads become searchable; lists of links that readers brought go on as their limits allow.
        "index": {"task": "unroller.index", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        "import": {"task": "unroller.import_links", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        # The media of what members saved are copied; once a night the copies are held against their rows.
        "keep": {"task": "unroller.keep", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        "check-copies": {"task": "unroller.check_copies", "schedule": crontab(hour=3, minute=40)},
        # Letters whose bell was lost, and closings and exports that failed at first.
        "deliver": {"task": "accounts.deliver", "schedule": 10 * SECONDS, "options": {"expires": 10 * SECONDS}},
        "close": {"task": "accounts.sweep", "schedule": 30 * SECONDS, "options": {"expires": 30 * SECONDS}},
        # Webhooks and things to do at Stripe whose bell was lost or that failed at first; mail about grace.
        "sweep-billing": {"task": "billing.sweep", "schedule": 30 * SECONDS, "options": {"expires": 30 * SECONDS}},
        # Once a night everything is held against Stripe; the task goes on with what it did not finish.
        "reconcile": {"task": "billing.reconcile", "schedule": 10 * MINUTES, "options": {"expires": 10 * MINUTES}},
        "patrons": {"task": "billing.look_at_patrons", "schedule": 10 * MINUTES, "options": {"expires": 10 * MINUTES}},
        # What ended long ago is of no use to anybody. Each may take minutes of one worker, so they do not meet.
        "tidy": {"task": "unroller.tidy", "schedule": crontab(minute=10), "options": {"expires": 10 * MINUTES}},
        "tidy-people": {"task": "accounts.tidy", "schedule": crontab(minute=30), "options": {"expires": 10 * MINUTES}},
        "tidy-billing": {"task": "billing.tidy", "schedule": crontab(minute=50), "options": {"expires": 10 * MINUTES}},
        # Private links end when they say so; what they alone led to goes with them.
        "end-links": {"task": "unroller.end_links", "schedule": 30 * SECONDS, "options": {"expires": 30 * SECONDS}},
        # Numbers of readers are written down; what Redis loses in between are a few minutes of them.
        "count": {"task": "unroller.count", "schedule": 5 * MINUTES, "options": {"expires": 5 * MINUTES}},
        # Of who opted out nothing stays, also where a worker was killed in the middle.
        "opt-outs": {
            "task": "unroller.comply_opt_outs",
            "schedule": 15 * SECONDS,
            "options": {"expires": 15 * SECONDS},
        },
        # What is here is held against its networks, for a turn of 50 seconds each: a day is the promise.
        **{
            f"rounds-{source}": {
                "task": "unroller.comply_rounds",
                "args": (source,),
                "schedule": 1 * MINUTES,
                "options": {"expires": 1 * MINUTES},
            }
            for source in ("bluesky", "mastodon")
        },
        # Bluesky tells of deletions as they happen: so they are gone here within minutes, not within a day.
        "stream": {"task": "unroller.comply_stream", "schedule": 1 * MINUTES, "options": {"expires": 1 * MINUTES}},
        # What X took away has to go here within a day: rounds of lists, and bells for the one that X works on.
        "comply-x": {"task": "unroller.comply_x", "schedule": 20 * SECONDS, "options": {"expires": 20 * SECONDS}},
        # The picture cache stays within its bound.
        "trim": {"task": "unroller.trim", "schedule": 10 * MINUTES, "options": {"expires": 10 * MINUTES}},
    },
)
app.autodiscover_tasks(["unroller", "billing", "accounts"])
