"""Files over HTTP: downloads as attachments, pages as pictures; also for the pages of those who review."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from chaoce.service.documents import picture as drawn
from chaoce.service.documents.models import Upload
from chaoce.service.documents.store import open_file


def download(upload: Upload) -> HttpResponseBase:
    """The bytes as they were handed in: never shown in the browser, whatever they claim to be."""
    response = FileResponse(open_file(upload), content_type="application/octet-stream", headers={"Content-Length": upload.size})
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(upload.name)}"
    return _guarded(response)


def picture(upload: Upload, page: int, line: int | None = None) -> HttpResponseBase:
    """A page of a PDF as PNG, from 1, a line of its invoice marked; or, as page 1, a picture that was handed in. 404 for all else."""
    kind = drawn.picture_type(upload)
    if kind is not None and page == 1:
        response: HttpResponseBase = FileResponse(open_file(upload), content_type=kind)
    else:
        try:
            response = HttpResponse(drawn.png(upload, page, line), content_type="image/png")
        except drawn.NoPicture:
            raise Http404 from None
    response.headers["Content-Disposition"] = "inline"
    return _guarded(response)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    """What strangers handed in runs nothing, whatever a browser takes it for; and a firm's files lie in no shared cache."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_cache_control(response, private=True, max_age=3600)
    return response
