"""A pipeline that fails until a file is there."""

import os

import flyte

env = flyte.TaskEnvironment(name="recovered")


@env.task
def good(x: int) -> int:
    return x + 1


@env.task
def needs(x: int, file: str) -> int:
    if not os.path.exists(file):
        raise ValueError("the file is not there yet")
    return x


@env.task
def main(file: str) -> int:
    return needs(good(1), file)
