import os
import sys
from importlib.metadata import version
from pathlib import Path

import flyte

here = Path(__file__).parent

layered = flyte.TaskEnvironment(
    name="layered",
    image=flyte.Image.from_debian_base()
    .with_pip_packages("iniconfig==2.0.0")
    .with_requirements(here / "image-requirements.txt")
    .with_apt_packages("vim")
    .with_env_vars({"COLOUR": "green"})
    .with_source_file(here / "image-data.txt"),
)
plain = flyte.TaskEnvironment(name="plain", depends_on=[layered])
broken = flyte.TaskEnvironment(
    name="broken",
    image=flyte.Image.from_base("python:3-slim")
    .clone(name="broken", extendable=True)
    .with_pip_packages("no-such-package-of-tern"),
)


@layered.task
async def tell() -> str:
    packages = f"{version('iniconfig')} {version('six')} {version('flyte')}"
    return f"{packages} {os.environ['COLOUR']} {Path('image-data.txt').read_text().strip()} {sys.prefix}"


@plain.task
async def main() -> str:
    told = await tell()
    return f"{told} | {sys.prefix}"


@broken.task
async def never() -> str:
    return "no"
