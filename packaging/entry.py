"""Where the bundled application begins.

What one would get wrong: the bundle has no Python beside it. The simulated launch and the decoding worker are started as
``<executable> -m MODULE``, the trial whether Qt loads as ``-c``, the decoding worker by ``multiprocessing``: all come back
here.
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
    if sys.argv[1:2] == ["-c"]:
        from console.cli.doctor import QT_TRIAL

        if sys.argv[2:] == [QT_TRIAL]:
            import PySide6.QtGui
            import PySide6.QtWidgets  # noqa: F401  # that it loads is the answer

            sys.exit(0)
    from main import main

    sys.exit(main())
