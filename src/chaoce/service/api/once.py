"""Writes that happen once: the same request under the same key is worked on one time and answered the same ever after.

The work and the answer are written in one transaction: there is never one without the other, whatever breaks off in between.
Whoever sends the same key while it runs is told to wait (409). Answers are kept for `DAYS`.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.service.api.faults import problem_of
from chaoce.service.api.models import Answered
from chaoce.service.api.problems import CONTENT_TYPE, Problem
from chaoce.service.api.wire import answer

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,80}")
#: Days for which an answer is kept.
DAYS = 7
_LOCKS = 0x6170


def key_of(request: HttpRequest) -> str:
    """The key of a write; raises Problem where it is missing or no key."""
    key = request.headers.get(HEADER)
    if key is None:
        raise Problem("unreadable", _("Every write needs a header %(header)s of its own.") % {"header": HEADER})
    if not KEY.fullmatch(key):
        raise Problem("unreadable", _("%(header)s: 1 to 80 visible ASCII characters.") % {"header": HEADER})
    return key


def fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same: method, address, the version that was seen, and everything that was sent."""
    digest = hashlib.sha256()

    def add(part: bytes) -> None:
        digest.update(len(part).to_bytes(8, "big") + part)

    for text in (request.method, request.get_full_path(), request.headers.get("If-Match", ""), request.content_type):
        add((text or "").encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            for value in values:
                add(f"{name}={value}".encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                content = hashlib.sha256()
                for chunk in file.chunks():
                    content.update(chunk)
                file.seek(0)
                add(f"{name}={file.name}".encode() + content.digest())
    else:
        add(request.body)
    return digest.hexdigest()


def once(request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of a write: of the work done now, or of the same request under the same key before."""
    key, mark, member = key_of(request), fingerprint(request), request.member  # type: ignore[attr-defined]
    with transaction.atomic():
        if not _lock(f"{member.pk}:{key}"):
            raise Problem("in-progress", headers={"Retry-After": "1"})
        before = Answered.objects.filter(membership=member, key=key).first()
        if before is not None:
            if before.fingerprint != mark:
                raise Problem("key-reused")
            return _again(before)
        try:
            with transaction.atomic():
                response = work()
        except Exception as fault:
            problem = problem_of(fault)
            if problem is None or problem.kind.code == "busy":
                raise  # nothing is kept: the same key works again
            response = problem.response()
        text = response.content.decode()
        Answered.objects.create(membership=member, key=key, fingerprint=mark, status=response.status_code, body=text)
    return response


def _lock(name: str) -> bool:
    """Holds the name until the transaction ends; False where somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCKS, zlib.crc32(name.encode()) - 2**31])
        return bool(cursor.fetchone()[0])


def _again(before: Answered) -> HttpResponse:
    status, text = before.status or 200, str(before.body)
    good = status < 400
    response = answer(text, status, json.loads(text).get("version") if good else None)
    if not good:
        response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Idempotent-Replayed"] = "true"
    return response


def forget() -> int:
    """Lets go of answers older than `DAYS`; returns how many."""
    return Answered.objects.filter(at__lt=timezone.now() - timedelta(days=DAYS)).delete()[0]
