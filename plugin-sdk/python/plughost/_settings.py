"""What a plugin is run with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional


@dataclass
class Settings:
    """What a plugin is run with.

    name      of the plugin, without "plugin:"
    endpoint  of the daemon; None: $PLUGHOST_ENDPOINT, else the default
    pubsub    where it publishes events; None: the daemon says so in its welcome
    token     proves that the daemon started us; None when run by hand
    options   name to text, as configured
    """

    name: str
    endpoint: Optional[str] = None
    pubsub: Optional[str] = None
    token: Optional[str] = None
    options: Mapping[str, str] = field(default_factory=dict)
