"""APISIX pages of a chosen number of samples, the counters a little higher each time."""

from __future__ import annotations

_BUCKETS = ("1", "5", "10", "50", "100", "500", "1000", "+Inf")


def page(samples: int, turn: int) -> bytes:
    """About ``samples`` samples: status counters and latency histograms of as many routes as that takes."""
    lines = ["# TYPE apisix_http_status counter"]
    routes = max(1, samples // 13)
    for route in range(routes):
        for place, code in enumerate((200, 404, 502)):
            value = (turn + 1) * (route % 7 + 1) * (20 if place == 0 else 1)
            lines.append(
                f'apisix_http_status{{code="{code}",route="{route}",matched_uri="/v3/{route}",matched_host="",'
                f'service="",consumer="",node="10.0.0.{route % 9}"}} {value}'
            )
    lines.append("# TYPE apisix_http_latency histogram")
    for route in range(routes):
        labels = f'type="request",route="{route}",service="",consumer="",node="10.0.0.{route % 9}"'
        total = (turn + 1) * 22
        for place, bound in enumerate(_BUCKETS):
            lines.append(f'apisix_http_latency_bucket{{{labels},le="{bound}"}} {total * (place + 1) // len(_BUCKETS)}')
        lines.append(f"apisix_http_latency_sum{{{labels}}} {total * 31.5}")
        lines.append(f"apisix_http_latency_count{{{labels}}} {total}")
    return ("\n".join(lines) + "\n").encode()
