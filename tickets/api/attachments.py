"""Files of a ticket's messages: always a download, never shown from our origin."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api
from teams.http import ApiRequest
from tickets.models import Attachment, Ticket


class Octets(BaseRenderer):
    """What a download is; the bytes are sent as they are."""

    media_type = "application/octet-stream"
    format = "bin"
    charset = None
    render_style = "binary"

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        return bytes(data)


class AttachmentViewSet(Api, GenericViewSet[Attachment]):
    """The files on the tickets that you may see."""

    queryset = Attachment.objects.none()
    lookup_value_converter = "int"
    renderer_classes = (Octets, JSONRenderer)
    request: ApiRequest

    @extend_schema(
        responses={(200, Octets.media_type): OpenApiResponse(OpenApiTypes.BINARY, "The file.")}
    )
    def retrieve(self, request: ApiRequest, pk: int) -> FileResponse:
        """Download a file. Its name is in `Content-Disposition`, its type in the timeline."""
        mine = Ticket.objects.visible_to(request.user).values("pk")
        row = Attachment.objects.filter(message__ticket__in=mine).get(pk=pk)
        try:
            stored = row.file.open()
        except FileNotFoundError:
            raise Http404 from None
        return FileResponse(
            stored, as_attachment=True, filename=row.name, content_type=Octets.media_type
        )
