import os
import pathlib

import flyte

plain = flyte.TaskEnvironment("plain")
named = flyte.TaskEnvironment("named", secrets=[flyte.Secret("api-key"), flyte.Secret("api-key", as_env_var="MY_KEY")])
filed = flyte.TaskEnvironment("filed", secrets=flyte.Secret("api-key", mount=pathlib.Path("/etc/flyte/secrets")))
lacking = flyte.TaskEnvironment("lacking", secrets="not-there")
top = flyte.TaskEnvironment("top", depends_on=[plain, named, filed])


@plain.task
async def without() -> str:
    return str(os.environ.get("API_KEY"))


@named.task
async def variables() -> str:
    return f"{os.environ['API_KEY'][::-1]} {os.environ['MY_KEY'][::-1]} {os.environ.get('LEVEL')}"


@filed.task
async def file() -> str:
    return pathlib.Path(os.environ["FLYTE_SECRETS_DEFAULT_DIR"], "api-key").read_text()[::-1]


@top.task
async def main() -> str:
    return " | ".join([await without(), await variables(), await file()])


@lacking.task
async def refused() -> str:
    return "ran all the same"
