"""The simulated launch: "Atlas Checkout 3.0", six days after go-live, behind real HTTP on loopback.

A world of its own, computed from a seed and the instant it is set up at (``world.anchor``): routes, customers and
their API keys, a story with planted faults, minute counts of the gateway, tickets in many voices. ``server`` shows it
to the console as any remote would; ``process`` starts and ends that server; ``inside`` hands the same world over
without HTTP, for tests, together with the truth about what was planted. The console itself never reads the truth.
"""
