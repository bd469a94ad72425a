"""The embedded broker: a message is there whole, or not yet."""

from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from csservice.lib.broker import Channel, Transport
from csservice.lib.environment import broker_options


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    options = broker_options("", tmp_path)
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.default_channel


def test_the_embedded_broker_is_ours(channel: Channel) -> None:
    assert isinstance(channel, Channel)
    assert isinstance(channel.connection, Transport)


def test_messages_come_in_the_order_of_sending_and_once(channel: Channel, folder: Path) -> None:
    for number in range(3):
        channel._put("celery", {"number": number})
    channel._put("another", {"number": 9})
    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("another") == {"number": 9}
    assert not list(folder.iterdir())


def test_a_reader_in_the_middle_of_a_write_finds_nothing(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kombu's own writer shows an empty file at this moment; the worker ended of it."""
    replace, looked = Path.replace, []

    def after_a_look(self: Path, target: Path) -> Path:
        with pytest.raises(Empty):
            channel._get("celery")
        looked.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", after_a_look)
    channel._put("celery", {"number": 1})
    assert looked
    assert channel._get("celery") == {"number": 1}


def test_a_folder_that_is_gone_is_an_error_of_the_broker(channel: Channel, folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(ChannelError, match="broker's folder"):
        channel._put("celery", {})
