"""What the programs of this folder share: their assignment, and how they measure themselves."""

import json
import sys
import time


def assignment():
    return json.loads(sys.argv[1])


class Measured:
    """Processor time of this process, all its threads, and time on the clock, in milliseconds."""

    def __enter__(self):
        self._cpu = time.process_time()
        self._wall = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.cpu_ms = (time.process_time() - self._cpu) * 1000
        self.wall_ms = (time.perf_counter() - self._wall) * 1000


def report(**sample):
    print(json.dumps(sample))
