"""Python's search for rings among objects, kept from work that makes millions of objects and no rings."""

import gc


class CollectionOff:
    """While it is entered nobody looks for rings; it takes a third of the time of a big file.

    What was made meanwhile counts as old afterwards. It would be young otherwise, and be searched at once and in vain.
    """

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if not self._was_on:
            return
        if not gc.get_freeze_count():  # else the process has frozen objects of its own
            gc.freeze()
            gc.unfreeze()
        gc.enable()
