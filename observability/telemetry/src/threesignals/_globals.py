"""OpenTelemetry's global providers: what a library finds that asks for a tracer or a meter.

The API takes one provider for the life of a process. The one that is set here hands on to the
telemetry in use, so that an application which is built again, as tests do, keeps its tracers.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.metrics._internal import _ProxyMeterProvider
from opentelemetry.trace import Link, Span, SpanKind, Tracer, TracerProvider
from opentelemetry.util._decorator import _agnosticcontextmanager
from opentelemetry.util.types import Attributes


