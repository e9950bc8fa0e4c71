"""Where the bundled application begins.

What one would get wrong: the bundle has no Python beside it. The simulated launch and the decoding worker are started as
``<executable> -m MODULE`` and by ``multiprocessing``; both come back here.
"""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if sys.argv[1:3] == ["-m", "console.sources.launch.server"]:
        from console.sources.launch import server

        server.main(sys.argv[3:])
        sys.exit(0)
    from main import main

    sys.exit(main())
