"""The checker as it is, started by an ordinary user: `python -m ...unprivileged SOCKET [USER]`, gives root up for USER.

A user who cannot reach this interpreter could not start it, so everything is loaded first.
"""

import os
import signal
import sys

from workers.sandbox.__main__ import leave, listening_on
from workers.sandbox.limits import ChildLimits
from workers.sandbox.server import Server
from workers.sandbox.warm import warm_up
from workers.sandbox.work import answer

if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    warm_up()
    if len(sys.argv) > 2:
        user = int(sys.argv[2])
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    with listening_on(sys.argv[1]) as listener:
        Server(listener, listening=True, concurrency=1, limits=ChildLimits(), work=answer).run()
