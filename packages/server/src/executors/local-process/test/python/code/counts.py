import time

when = time.time_ns()
