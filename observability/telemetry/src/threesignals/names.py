"""Every name that leaves the process: the contract that docs/contract.md describes.

A test holds this file and the document against each other, both ways.
"""

from typing import Final

# Resource attributes: who sends a span, a sample or a log line.
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE_ID: Final = "service.instance.id"
TELEMETRY_SDK_LANGUAGE: Final = "telemetry.sdk.language"
TELEMETRY_SDK_NAME: Final = "telemetry.sdk.name"
TELEMETRY_SDK_VERSION: Final = "telemetry.sdk.version"
# On spans only, and only while the process has a say in how many are kept.
TRACES_SAMPLED_PERCENT: Final = "traces.sampled_percent"

# Attributes of a SERVER span.
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_REQUEST_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_ROUTE: Final = "http.route"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
ERROR_TYPE: Final = "error.type"
URL_PATH: Final = "url.path"
URL_QUERY: Final = "url.query"
URL_SCHEME: Final = "url.scheme"
NETWORK_PROTOCOL_VERSION: Final = "network.protocol.version"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
CLIENT_ADDRESS: Final = "client.address"
USER_AGENT_ORIGINAL: Final = "user_agent.original"

# Attributes that a CLIENT span of an HTTP call adds.
URL_FULL: Final = "url.full"

# Attributes of a CLIENT span of a database call.
DB_SYSTEM_NAME: Final = "db.system.name"
DB_NAMESPACE: Final = "db.namespace"
DB_OPERATION_NAME: Final = "db.operation.name"
DB_QUERY_TEXT: Final = "db.query.text"

# The event that records an exception on a span, and the same keys on a log line.
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"

# Keys of a log line. The canonical line adds the request's attributes above.
REQUEST_EVENT: Final = "http.request"
AFTER_ANSWER_EVENT: Final = "http.request.after_answer"
LOG_TIMESTAMP: Final = "timestamp"
LOG_LEVEL: Final = "level"
LOG_EVENT: Final = "event"
LOG_LOGGER: Final = "logger"
TRACE_ID: Final = "trace_id"
SPAN_ID: Final = "span_id"
DURATION_S: Final = "duration_s"
# Why a line could not be made as it was asked for.
LOG_FAULT: Final = "log.fault"
# Before a key of a caller's that is the name of one of ours.
EXTRA: Final = "extra."

# The line, and the event, of a request that is open for too long; where it stands.
SLOW_EVENT: Final = "http.request.slow"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_FILE_PATH: Final = "code.file.path"
CODE_LINE_NUMBER: Final = "code.line.number"
CODE_STACKTRACE: Final = "code.stacktrace"
# The line of a process whose threads were kept from running.
HELD_EVENT: Final = "process.held"
PROCESS_CPU_S: Final = "process_cpu_s"

# Response header that tells the caller its trace (W3C Trace Context Level 2's draft form).
TRACERESPONSE: Final = "traceresponse"

# Prometheus metrics, by their exposed names.
METRIC_REQUEST_DURATION: Final = "http_server_request_duration_seconds"
METRIC_ACTIVE_REQUESTS: Final = "http_server_active_requests"
METRIC_OLDEST_REQUEST: Final = "http_server_oldest_active_request_seconds"
METRIC_TARGET_INFO: Final = "target_info"
METRIC_EXPORT_SENT: Final = "telemetry_export_sent_items_total"
METRIC_EXPORT_DROPPED: Final = "telemetry_export_dropped_items_total"
METRIC_EXPORT_FAILURES: Final = "telemetry_export_failures_total"
METRIC_EXPORT_QUEUE_BYTES: Final = "telemetry_export_queue_bytes"

# Labels of the metrics.
LABEL_METHOD: Final = "http_request_method"
LABEL_ROUTE: Final = "http_route"
LABEL_STATUS: Final = "http_response_status_code"
LABEL_ERROR_TYPE: Final = "error_type"
LABEL_SIGNAL: Final = "signal"
LABEL_REASON: Final = "reason"

# Seconds; the boundaries that the HTTP semantic conventions advise.
DURATION_BUCKETS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip

# What a bounded value becomes when it is outside its bound.
UNMATCHED_ROUTE: Final = "<unmatched>"
OVERFLOW_ROUTE: Final = "<overflow>"
OTHER_METHOD: Final = "_OTHER"
OTHER_ERROR: Final = "_OTHER"
KNOWN_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
REDACTED: Final = "[redacted]"
