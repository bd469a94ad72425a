"""The embedded broker: Celery's folders, with messages that appear whole.

kombu writes a message under its final name, so a worker that polls in between reads an empty file,
loses the message and ends (seen in the demo, every few minutes). Here a message gets its name when
it is complete. Used where there is no REDIS_URL.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes aside, then renames: what a reader finds is a whole message."""

    def _put(  # type: ignore[override]  # kombu's own two signatures differ
        self, queue: str, payload: Any, **_kwargs: Any
    ) -> None:
        """Put one message onto `queue`. Names sort in the order of sending."""
        target = Path(self.data_folder_out, f"{time.time_ns()}_{uuid4()}.{queue}.msg")
        draft = target.with_name(f"{target.name}.part")
        try:
            draft.write_text(dumps(payload), "utf-8")
            draft.replace(target)
        except OSError as error:
            raise ChannelError(f"Cannot add {target.name} to the broker's folder.") from error


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Make `filesystem://` mean this transport, in every process that talks to the broker."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
