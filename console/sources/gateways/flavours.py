"""The gateways we know by name, each as a mapping. Sources of the names: the vendors' code and documentation.

One would get wrong: summing HAProxy's frontends with its backends, adding Caddy's handlers (each counts the same call),
counting Envoy's admin port, taking the ``total`` and ``*`` rows of nginx-vts as calls of their own.
"""

from __future__ import annotations

from console.model.errors import SourceError, Trouble
from console.model.nearest import did_you_mean
from console.sources.gateways.mapping import Calls, Durations, Kind, Level, Mapping, OneOf, Role

_PROCESS = (
    Level("process_cpu_seconds_total", "process_cpu", role="rate"),
    Level("process_resident_memory_bytes", "process_memory_bytes"),
)

APISIX = Mapping(
    title="APISIX",
    calls=((Calls("apisix_http_status", route=("route", "matched_uri"), consumer="consumer"),),),
    durations=(
        (
            Durations(
                "apisix_http_latency",
                kind_label="type",
                kinds=(("request", "total"), ("upstream", "upstream"), ("apisix", "gateway")),
                sparse=True,
            ),
        ),
    ),
    levels=(
        Level("apisix_nginx_http_current_connections", "connections", only=(("state", ("active",)),)),
        Level("apisix_upstream_status", "upstream_up", role="worst", labels=("name", "ip", "port")),
        Level("apisix_etcd_reachable", "etcd_up", role="worst"),
    ),
    start=(),
    rising=("apisix_http_requests_total",),
    version=("apisix_node_info", "version"),
    hint="the prometheus plugin counts calls only where it is enabled: switch it on as a global rule",
)

_KONG_2_KINDS: tuple[tuple[str, Kind], ...] = (("request", "total"), ("upstream", "upstream"), ("kong", "gateway"))

KONG = Mapping(
    title="Kong",
    calls=(
        (Calls("kong_http_requests_total", route=("route", "service"), consumer="consumer"),),
        (Calls("kong_http_status", route=("route", "service")),),
    ),
    durations=(
        (
            Durations("kong_request_latency_ms", kind="total", route=("route", "service"), sparse=True),
            Durations("kong_upstream_latency_ms", kind="upstream", route=("route", "service"), sparse=True),
            Durations("kong_kong_latency_ms", kind="gateway", route=("route", "service"), sparse=True),
        ),
        (Durations("kong_latency", kind_label="type", kinds=_KONG_2_KINDS, route=("route", "service"), sparse=True),),
    ),
    levels=(
        Level("kong_nginx_connections_total", "connections", labels=("subsystem",), only=(("state", ("active",)),)),
        Level("kong_datastore_reachable", "datastore_up", role="worst"),
        Level(
            "kong_upstream_target_health",
            "upstream_up",
            role="worst",
            labels=("upstream", "target"),
            only=(("state", ("healthy",)), ("subsystem", ("http", ""))),
        ),
    ),
    start=(),
    rising=("kong_nginx_requests_total",),
    version=("kong_node_info", "version"),
    hint="the prometheus plugin of Kong 3 counts calls only with status_code_metrics = true",
    slow_hint="set latency_metrics = true in the prometheus plugin",
)

HAPROXY = Mapping(
    title="HAProxy",
    # ``other`` is no answer with a valid status (the client left first): neither good nor bad, so it is left out.
    calls=((Calls("haproxy_backend_http_responses_total", route=("proxy",)),),),
    levels=(
        Level("haproxy_process_current_connections", "connections"),
        Level("haproxy_backend_status", "backend_up", role="worst", labels=("proxy",), only=(("state", ("UP",)),)),
        Level(
            "haproxy_server_status", "upstream_up", role="worst", labels=("proxy", "server"), only=(("state", ("UP",)),)
        ),
        Level("haproxy_backend_current_queue", "queue", labels=("proxy",)),
        Level(
            "haproxy_backend_response_time_average_seconds", "response_ms_last_1024", labels=("proxy",), scale=1000.0
        ),
    ),
    start=("haproxy_process_start_time_seconds",),
    version=("haproxy_process_build_info", "version"),
    hint="ask the exporter for the scope backend (no ?scope= or ?metrics= that leaves it out)",
)

CADDY = Mapping(
    title="Caddy",
    calls=((Calls("caddy_http_request_duration_seconds_count", route=("host", "server"), method="method"),),),
    durations=((Durations("caddy_http_request_duration_seconds", unit="s", route=("host", "server")),),),
    levels=(
        *_PROCESS,
        Level("caddy_reverse_proxy_upstreams_healthy", "upstream_up", role="worst", labels=("upstream",)),
    ),
    version=("caddy_build_info", "version"),
    # 2.6 counts a call at every handler it passes, and leaves calls that end in its own error out of the durations.
    one_of=OneOf("handler", by="server", preferred=("subroute", "reverse_proxy", "file_server", "static_response")),
    attempts=("caddy_http_requests_total", ("host", "server")),
    hint="Caddy counts calls only with the option metrics switched on for its servers",
)

_DISK: tuple[tuple[str, Role], ...] = (("avail", "free"), ("size", "size"))

NODE = Mapping(
    title="Node exporter",
    levels=(
        Level("node_cpu_seconds_total", "cpu", role="idle", only=(("mode", ("idle", "iowait")),)),
        Level(
            "node_cpu_seconds_total",
            "cpu",
            role="busy",
            only=(("mode", ("user", "nice", "system", "irq", "softirq", "steal")),),
        ),
        Level("node_memory_MemAvailable_bytes", "memory", role="free"),
        Level("node_memory_MemTotal_bytes", "memory", role="size"),
        *(
            Level(
                f"node_filesystem_{metric}_bytes",
                "disk",
                role=role,
                labels=("mountpoint",),
                never=(
                    (
                        "fstype",
                        ("tmpfs", "ramfs", "devtmpfs", "overlay", "squashfs", "iso9660", "fuse.lxcfs", "nsfs", "9p"),
                    ),
                ),
            )
            for metric, role in _DISK
        ),
        Level("node_network_receive_bytes_total", "network_receive", role="rate", never=(("device", ("lo",)),)),
        Level("node_network_transmit_bytes_total", "network_transmit", role="rate", never=(("device", ("lo",)),)),
        Level("node_netstat_Tcp_CurrEstab", "connections"),
        Level("node_load1", "load_1m"),
    ),
    start=("node_boot_time_seconds",),
    version=("node_exporter_build_info", "version"),
    hint="the collectors cpu, meminfo, filesystem and netdev belong to the default set",
)

ENVOY = Mapping(
    title="Envoy",
    calls=(
        (
            Calls(
                "envoy_http_downstream_rq_xx",
                status="envoy_response_code_class",
                route=("envoy_http_conn_manager_prefix",),
                never=(("envoy_http_conn_manager_prefix", ("admin",)),),
            ),
        ),
    ),
    durations=(
        (
            Durations(
                "envoy_http_downstream_rq_time",
                route=("envoy_http_conn_manager_prefix",),
                never=(("envoy_http_conn_manager_prefix", ("admin",)),),
            ),
            Durations("envoy_cluster_upstream_rq_time", kind="upstream", route=("envoy_cluster_name",)),
        ),
    ),
    levels=(
        Level(
            "envoy_http_downstream_cx_active",
            "connections",
            labels=("envoy_http_conn_manager_prefix",),
            never=(("envoy_http_conn_manager_prefix", ("admin",)),),
        ),
        Level("envoy_server_memory_allocated", "process_memory_bytes"),
    ),
    start=(),
    rising=("envoy_server_uptime",),
    version=("envoy_server_build_info", "version"),
    hint="take the address /stats/prometheus of the admin port, without a filter",
)

_TRAEFIK_SIDES = (
    ("router", ("router", "service"), ()),
    ("service", ("service",), ()),
    ("entrypoint", ("entrypoint",), (("entrypoint", ("traefik", "metrics")),)),
)

TRAEFIK = Mapping(
    title="Traefik",
    calls=tuple(
        (Calls(f"traefik_{side}_requests_total", route=route, method="method", never=never),)
        for side, route, never in _TRAEFIK_SIDES
    ),
    durations=tuple(
        (Durations(f"traefik_{side}_request_duration_seconds", unit="s", route=route, never=never),)
        for side, route, never in _TRAEFIK_SIDES
    ),
    levels=(
        *_PROCESS,
        Level("traefik_open_connections", "connections", labels=("entrypoint",)),
        Level("traefik_service_server_up", "upstream_up", role="worst", labels=("service", "url")),
        Level("traefik_tls_certs_not_after", "tls_expires", role="worst", labels=("cn",)),
    ),
    hint="set addRoutersLabels (or addServicesLabels) in metrics.prometheus",
)

APINTO = Mapping(
    title="Apinto",
    calls=((Calls("apinto_requests_total", status="status", route=("api", "path"), method="method", consumer="app"),),),
    durations=(
        (
            Durations("apinto_request_ms", route=("api", "path")),
            Durations("apinto_proxy_ms", kind="upstream", route=("api", "path")),
        ),
    ),
    levels=_PROCESS,
    hint="Apinto exports what its prometheus output names: apinto_requests_total with api, app, status and method, "
    "apinto_request_ms and apinto_proxy_ms with api; other names fit the flavour custom",
)

NGINX_VTS = Mapping(
    title="nginx vts",
    calls=(
        (
            Calls(
                "nginx_vts_server_requests_total",
                route=("host",),
                never=(("code", ("total",)), ("host", ("*",))),
            ),
        ),
    ),
    durations=(
        (Durations("nginx_vts_server_request_duration_seconds", unit="s", route=("host",), never=(("host", ("*",)),)),),
    ),
    levels=(Level("nginx_vts_main_connections", "connections", only=(("status", ("active",)),)),),
    start=("nginx_vts_start_time_seconds",),
    version=("nginx_vts_info", "version"),
    hint="take the address /status/format/prometheus of the vts module",
)

FLAVOURS: dict[str, Mapping] = {
    "apisix": APISIX,
    "kong": KONG,
    "haproxy": HAPROXY,
    "caddy": CADDY,
    "node": NODE,
    "envoy": ENVOY,
    "traefik": TRAEFIK,
    "apinto": APINTO,
    "nginx-vts": NGINX_VTS,
}


def flavour(name: str) -> Mapping:
    """The mapping of a known gateway. Raises SourceError (settings) with the nearest word for any other name."""
    if name not in FLAVOURS:
        raise SourceError(
            Trouble.SETTINGS, f'flavour = "{name}" is unknown.{did_you_mean(name, [*FLAVOURS, "custom"])}'
        )
    return FLAVOURS[name]
