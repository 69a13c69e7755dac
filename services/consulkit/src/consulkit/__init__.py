"""Consul for a service: registration, discovery, and settings that change while it runs."""

from consulkit.agent import Agent, Identity
from consulkit.client import Address, Consul, ConsulError, Instance
from consulkit.config import Live, follow, path
from consulkit.discovery import Directory, DiscoveringTransport
from consulkit.history import Change, SettingsHistory
from consulkit.registration import Registration
from consulkit.settings import ConsulSettings
from consulkit.signals import Metrics

__all__ = [
    "Address",
    "Agent",
    "Change",
    "Consul",
    "ConsulError",
    "ConsulSettings",
    "Directory",
    "DiscoveringTransport",
    "Identity",
    "Instance",
    "Live",
    "Metrics",
    "Registration",
    "SettingsHistory",
    "follow",
    "path",
]
