"""Background work of the API: letting go of old answers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from chaoce.service.api.once import forget


@app.periodic(cron="10 19 * * *")  # ten past three in Haining; the queue counts in UTC
@app.task(name="api.forget", queue="messages", queueing_lock="api.forget")
def forget_answers(timestamp: int) -> None:
    """Once a day."""
    forget()
