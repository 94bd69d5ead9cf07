"""What the worker does for messages: mails, and reminders once a day."""

from __future__ import annotations

from contextlib import suppress

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chaoce.service.messaging import mailing, notices

#: A mail server that is away is asked again after 5, 25, 125 … seconds; the last try is about a day after the first.
_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=5)


@app.task(name="messaging.mail", queue="mail", retry=_AGAIN)
def mail(message: int) -> None:
    """Mails one message."""
    mailing.send(message)


@app.periodic(cron="30 23 * * *")  # half past seven in Haining; the queue counts in UTC
@app.task(name="messaging.remind", queue="messages", queueing_lock="messaging.remind")
def remind(timestamp: int) -> None:
    """Reminds of deadlines and tells of calls that have opened."""
    notices.remind_of_corrections()
    notices.remind_of_drafts()
    for call in notices.calls_to_announce():
        with suppress(AlreadyEnqueued):
            announce.configure(queueing_lock=f"messaging.announce:{call}").defer(call=call)


@app.task(name="messaging.announce", queue="messages", retry=_AGAIN)
def announce(call: int) -> None:
    """Tells the firms that are due something in a call that it is open."""
    notices.announce(call)
