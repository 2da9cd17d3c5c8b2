"""The daemon's event loop: descriptors, timers and signals, in one thread.

Knows nothing of replicas. Callbacks run one after another; what they raise ends the loop.
"""

import heapq
import os
import selectors
import signal
import time
from collections.abc import Callable, Hashable

Callback = Callable[[], object]  # what it returns is of no interest


class Loop:
    """`run` until `stop`; after each round of callbacks `after_round` is called."""

    def __init__(self, after_round: Callback = lambda: None) -> None:
        self._selector = selectors.DefaultSelector()
        self._deadlines: list[tuple[float, int, Hashable]] = []
        self._timers: dict[Hashable, tuple[int, Callback]] = {}
        self._serial = 0
        self._running = False
        self.after_round = after_round
        self._signals: dict[int, Callback] = {}
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self.on_readable(self._wake_read, self._take_signals)

    # -- descriptors ---------------------------------------------------------------------------------------------------

    def on_readable(self, descriptor: int, callback: Callback) -> None:
        """Call back while `descriptor` has something to read."""
        self._selector.register(descriptor, selectors.EVENT_READ, (callback, None))

    def on_writable(self, descriptor: int, callback: Callback | None) -> None:
        """Also call back when a registered descriptor takes more; `None` ends that."""
        readable = self._selector.get_key(descriptor).data[0]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if callback else 0)
        self._selector.modify(descriptor, events, (readable, callback))

    def forget(self, descriptor: int) -> None:
        """Stop watching a descriptor, before it is closed."""
        self._selector.unregister(descriptor)

    # -- timers --------------------------------------------------------------------------------------------------------

    def start_timer(self, key: Hashable, seconds: float, callback: Callback) -> None:
        """Call back once after `seconds`; a timer of the same key is replaced."""
        self._serial += 1
        self._timers[key] = (self._serial, callback)
        heapq.heappush(self._deadlines, (time.monotonic() + seconds, self._serial, key))

    def cancel_timer(self, key: Hashable) -> None:
        """Forget a timer, if there is one."""
        self._timers.pop(key, None)

    def _next_wait(self) -> float | None:
        while self._deadlines:
            deadline, serial, key = self._deadlines[0]
            if key in self._timers and self._timers[key][0] == serial:
                return max(0.0, deadline - time.monotonic())
            heapq.heappop(self._deadlines)  # cancelled or replaced
        return None

    def _fire_timers(self) -> None:
        now = time.monotonic()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, serial, key = heapq.heappop(self._deadlines)
            if key in self._timers and self._timers[key][0] == serial:
                self._timers.pop(key)[1]()

    # -- signals -------------------------------------------------------------------------------------------------------

    def on_signal(self, number: int, callback: Callback) -> None:
        """Call back, in the loop, after a signal came (several may be one)."""
        self._signals[number] = callback
        signal.signal(number, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def _take_signals(self) -> None:
        try:
            numbers = os.read(self._wake_read, 4096)
        except BlockingIOError:
            return
        for number in set(numbers):
            if number in self._signals:
                self._signals[number]()

    # -- running -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until `stop` is called from a callback."""
        self._running = True
        self.after_round()
        while self._running:
            for key, mask in self._selector.select(self._next_wait()):
                readable, writable = key.data
                if mask & selectors.EVENT_WRITE and writable and self._watches(key.fd, readable):
                    writable()
                if mask & selectors.EVENT_READ and self._watches(key.fd, readable):
                    readable()
            self._fire_timers()
            self.after_round()

    def _watches(self, descriptor: int, readable: Callback) -> bool:
        # A callback of this round may have closed the descriptor, and another opened a new one of the same number.
        key = self._selector.get_map().get(descriptor)
        return key is not None and key.data[0] is readable

    def stop(self) -> None:
        """End `run` after this round."""
        self._running = False

    def close(self) -> None:
        """Let go of the loop's own descriptors."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
