"""Python reads this first where the folder is on its path, as it is for a site under libfaketime.

There the clock jumps and the monotonic one, by which programs wait, does not, as on a real machine. But libfaketime
refuses the very call by which Python sleeps until a moment of the monotonic clock. So Python waits in another way.
"""

import threading
import time
from typing import Any


def sleep(seconds: Any) -> None:
    threading.Event().wait(seconds)


time.sleep = sleep
