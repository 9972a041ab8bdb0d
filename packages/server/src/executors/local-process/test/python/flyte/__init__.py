"""Stands for Flyte's package where a test is about processes: its entry point runs what it is given."""

import asyncio
import threading


class Background:
    """Flyte's package has such a thread, which starts when the package is imported."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)


background = Background()
