"""The gateway's metrics page as APISIX writes it, and a page like node_exporter's for the machine under it.

Label sets are those of APISIX 3.18; latency carries no consumer and node (``disabled_labels``), as sites with many
keys do.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from console.model.moment import MINUTE, SECOND, minute_of
from console.sources.launch.meter import Meter, started
from console.sources.launch.traffic import BOUNDS_MS, CELLS, KINDS, keys_of, rate
from console.sources.launch.world import ROUTES, World

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HOST_NAME = "edge-gw-1"
VERSION = "3.18.0"
_TYPES = {"total": "request", "upstream": "upstream", "gateway": "apisix"}
_LE = (*(str(bound) for bound in BOUNDS_MS), "+Inf")
_AI = 'request_type="traditional_http",request_llm_model="",llm_model=""'
_CPUS = 8
_CALL_CPU_S = 0.0021
_MEMORY = 16 * 2**30
_DISK = 120 * 10**9


def uri_of(route: str) -> str:
    """``/v3/orders/:id`` for ``GET /v3/orders/{id}``, as the gateway's router matches it."""
    return re.sub(r"\{(\w+)\}", r":\1", route.split(" ", 1)[1])


@lru_cache(maxsize=4)
def _status_heads(launch: World) -> list[str]:
    """The text before the value, for each entry of ``keys_of``."""
    heads = []
    parts = keys_of(launch)
    for place, key in zip(parts.cell.tolist(), parts.key.tolist(), strict=True):
        cell = CELLS[place]
        route = ROUTES[cell.route]
        consumer, node = ("", "") if key < 0 else (launch.consumers[key].id, launch.consumers[key].node)
        source = {502: "nginx", 504: "nginx", 429: "apisix", 401: "apisix"}.get(cell.code, "upstream")
        heads.append(
            f'apisix_http_status{{code="{cell.code}",route="{route.name}",matched_uri="{uri_of(route.name)}",'
            f'matched_host="api.atlas-checkout.example",service="{route.service}",consumer="{consumer}",node="{node}",'
            f'{_AI},response_source="{source}"}} '
        )
    return heads


@lru_cache(maxsize=1)
def _latency_labels() -> list[str]:
    return [
        f'type="{_TYPES[kind]}",route="{route.name}",service="{route.service}",consumer="",node="",{_AI}'
        for kind in KINDS
        for route in ROUTES
    ]


def metrics(meter: Meter, now: int) -> bytes:
    """The page at an instant. A series appears with its first call, as in the real plugin."""
    counters = meter.at(now)
    per_second = float(rate(meter.launch, np.array([now]))[0])
    connections = round(per_second * 0.11) + 24
    served = int(counters.calls.sum())
    lines = [
        "# HELP apisix_http_requests_total The total number of client requests since APISIX started",
        "# TYPE apisix_http_requests_total gauge",
        f"apisix_http_requests_total {served}",
        "# HELP apisix_http_status HTTP status codes per service in APISIX",
        "# TYPE apisix_http_status counter",
    ]
    heads = _status_heads(meter.launch)
    values = counters.calls.tolist()
    lines += [f"{head}{value}" for head, value in zip(heads, values, strict=True) if value]
    lines += [
        "# HELP apisix_http_latency HTTP request latency in milliseconds per service in APISIX",
        "# TYPE apisix_http_latency histogram",
    ]
    cumulative = counters.buckets.cumsum(axis=2).reshape(-1, len(_LE)).tolist()
    sums = counters.sums_us.reshape(-1).tolist()
    for labels, row, total in zip(_latency_labels(), cumulative, sums, strict=True):
        if row[-1]:
            lines += [f'apisix_http_latency_bucket{{{labels},le="{le}"}} {n}' for le, n in zip(_LE, row, strict=True)]
            lines.append(f"apisix_http_latency_count{{{labels}}} {row[-1]}")
            lines.append(f"apisix_http_latency_sum{{{labels}}} {total / 1000}")
    lines += [
        "# HELP apisix_nginx_http_current_connections Number of HTTP connections",
        "# TYPE apisix_nginx_http_current_connections gauge",
        *(
            f'apisix_nginx_http_current_connections{{state="{state}"}} {value}'
            for state, value in (
                ("accepted", served // 7),
                ("active", connections),
                ("handled", served // 7),
                ("reading", 0),
                ("waiting", connections * 7 // 10),
                ("writing", connections - connections * 7 // 10),
            )
        ),
        "# HELP apisix_nginx_metric_errors_total Number of nginx-lua-prometheus errors",
        "# TYPE apisix_nginx_metric_errors_total counter",
        "apisix_nginx_metric_errors_total 0",
        "# HELP apisix_etcd_reachable Config server etcd reachable from APISIX, 0 is unreachable",
        "# TYPE apisix_etcd_reachable gauge",
        "apisix_etcd_reachable 1",
        "# HELP apisix_node_info Info of APISIX node",
        "# TYPE apisix_node_info gauge",
        f'apisix_node_info{{hostname="{HOST_NAME}",version="{VERSION}"}} 1',
    ]
    return ("\n".join(lines) + "\n").encode()


def node(meter: Meter, now: int) -> bytes:
    """The machine's page: CPU, memory, disk and network as node_exporter names them."""
    launch = meter.launch
    begin = started(launch, now)
    elapsed = max(0.0, (now - begin) / SECOND)
    calls = int(meter.at(now).calls.sum())
    busy = elapsed * _CPUS * 0.05 + calls * _CALL_CPU_S
    per_second = float(rate(launch, np.array([minute_of(now)]))[0])
    available = round(_MEMORY * (0.52 - per_second / 9000))
    free = round(_DISK * 0.44 - calls * 40)
    lines = ["# TYPE node_cpu_seconds_total counter"]
    for cpu in range(_CPUS):
        mine = busy / _CPUS
        for mode, value in (("idle", elapsed - mine), ("system", mine * 0.3), ("user", mine * 0.7)):
            lines.append(f'node_cpu_seconds_total{{cpu="{cpu}",mode="{mode}"}} {max(0.0, value):.2f}')
    lines += [
        "# TYPE node_memory_MemTotal_bytes gauge",
        f"node_memory_MemTotal_bytes {_MEMORY}",
        "# TYPE node_memory_MemAvailable_bytes gauge",
        f"node_memory_MemAvailable_bytes {available}",
        "# TYPE node_filesystem_size_bytes gauge",
        f'node_filesystem_size_bytes{{device="/dev/vda1",fstype="ext4",mountpoint="/"}} {_DISK}',
        "# TYPE node_filesystem_avail_bytes gauge",
        f'node_filesystem_avail_bytes{{device="/dev/vda1",fstype="ext4",mountpoint="/"}} {free}',
        "# TYPE node_network_receive_bytes_total counter",
        f'node_network_receive_bytes_total{{device="eth0"}} {calls * 1900}',
        "# TYPE node_network_transmit_bytes_total counter",
        f'node_network_transmit_bytes_total{{device="eth0"}} {calls * 6400}',
        "# TYPE node_load1 gauge",
        f"node_load1 {per_second / 420:.2f}",
        "# TYPE node_boot_time_seconds gauge",
        f"node_boot_time_seconds {(begin - 90 * MINUTE) // SECOND}",
        "# TYPE process_start_time_seconds gauge",
        f"process_start_time_seconds {begin // SECOND}",
        "# TYPE node_uname_info gauge",
        f'node_uname_info{{nodename="{HOST_NAME}",release="6.1.0",sysname="Linux"}} 1',
    ]
    return ("\n".join(lines) + "\n").encode()
