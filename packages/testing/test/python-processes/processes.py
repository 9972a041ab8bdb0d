"""Tasks that look at the process that they are."""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time

import flyte
from flyte.extras import ContainerTask
from flyte.io import File

small = flyte.TaskEnvironment(name="small", resources=flyte.Resources(memory="250Mi"))
reused = flyte.TaskEnvironment(name="reused", reusable=flyte.ReusePolicy(replicas=2, concurrency=1, idle_ttl=60))
double = ContainerTask(
    name="double",
    image="nobody/needs:it",
    inputs={"n": int, "words": File},
    outputs={"twice": int, "loud": File},
    command=["sh", "-c", "echo $(( {{.inputs.n}} * 2 )) > '/var/outputs/twice'; tr a-z A-Z < '/var/inputs/words' > '/var/outputs/loud'"],
)
shell = flyte.TaskEnvironment.from_task("shell", double)
env = flyte.TaskEnvironment(name="processes", depends_on=[small, reused, shell])
loaded_at = time.time_ns()


@env.task
async def exits() -> int:
    print("about to leave", file=sys.stderr)
    sys.exit(3)


@env.task
async def wrong() -> int:
    values = [1, 2]
    return values[3]


@small.task
async def exhausted() -> int:
    hoard = []
    while True:
        hoard.append(os.urandom(1 << 20))
        await asyncio.sleep(0.001)


@env.task
async def identity(number: int) -> list[str]:
    with open("mine.txt", "x") as file:
        file.write(str(number))
    await asyncio.sleep(0.2)
    with open("mine.txt") as file:
        assert file.read() == str(number)
    return [os.getcwd(), tempfile.gettempdir(), str(random.random()), os.environ["ACTION_NAME"], str(os.getpid())]


@env.task
async def several() -> list[list[str]]:
    return list(await asyncio.gather(*(identity(number) for number in range(3))))


@reused.task
async def visit(number: int) -> list[int]:
    began = time.time_ns()
    await asyncio.sleep(0.1)
    return [loaded_at, began, time.time_ns()]


@env.task
async def visits() -> list[list[int]]:
    return list(await asyncio.gather(*(visit(number) for number in range(5))))


@env.task
async def write() -> File:
    with open("words.txt", "w") as file:
        file.write("of the first")
    return await File.from_local("words.txt")


@env.task
async def read(words: File) -> str:
    async with words.open() as file:
        return bytes(await file.read()).decode()


@env.task
async def hand_over() -> str:
    return await read(await write())


@env.task
async def contained() -> str:
    twice, loud = await double(n=21, words=await write())
    return f"{twice} {await read(loud)}"


@env.task
async def floods() -> int:
    sys.stdout.write("".join(f"{number}\n" for number in range(200_000)))
    sys.stdout.buffer.write(b"\xff\xfe not text\n" + b"x" * 40_000 + b"\nno end of line")
    print("to the other stream", file=sys.stderr)
    return 1


@env.task
async def lingers() -> int:
    child = subprocess.Popen(["sleep", "600"])
    print("pids", os.getpid(), child.pid, flush=True)
    time.sleep(600)
    return 1


@env.task
async def cleans_up() -> int:
    import signal

    def stop(*_):
        print("stops its job", flush=True)
        time.sleep(0.2)
        print("has stopped its job", flush=True)
        os._exit(1)

    signal.signal(signal.SIGTERM, stop)
    print("works", flush=True)
    time.sleep(600)
    return 1
