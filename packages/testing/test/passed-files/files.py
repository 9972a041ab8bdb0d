"""The Python half of files in two languages; the other is files.ts."""

import datetime
import hashlib
import json
import os
import random
import sys

import flyte
import pandas as pd
from flyte.io import DataFrame, Dir, File
from pydantic import BaseModel

env = flyte.TaskEnvironment(name="python_files")

CHUNK = 1 << 20


class Parcel(BaseModel):
    label: str
    doc: File
    tree: Dir


@env.task
async def digest(doc: File) -> str:
    sha = hashlib.sha256()
    async with doc.open("rb") as reader:
        while chunk := bytes(await reader.read(CHUNK)):
            sha.update(chunk)
    return sha.hexdigest()


@env.task
async def make_large(megabytes: int) -> File:
    path = os.path.abspath("large.bin")
    with open(path, "wb") as out:
        for index in range(megabytes):
            out.write(bytes([index % 251]) * CHUNK)
    return await File.from_local(path)


@env.task
async def make_tree() -> Dir:
    for path, text in {"same.txt": "top", "a/same.txt": "in a", "a/b/same.txt": "in b"}.items():
        os.makedirs(os.path.join("tree", os.path.dirname(path)), exist_ok=True)
        with open(os.path.join("tree", path), "w") as out:
            out.write(text)
    return await Dir.from_local("tree")


@env.task
async def read_tree(tree: Dir) -> dict[str, str]:
    texts = {}
    root = await tree.download()
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path) as file:
                texts[os.path.relpath(path, root)] = file.read()
    return texts


@env.task
async def is_empty(tree: Dir) -> bool:
    return tree.is_empty


@env.task
async def wrap(label: str, doc: File, tree: Dir) -> Parcel:
    return Parcel(label=label, doc=doc, tree=tree)


@env.task
async def unwrap(parcel: Parcel) -> str:
    async with parcel.doc.open("rb") as reader:
        text = bytes(await reader.read()).decode()
    names = [file.name async for file in parcel.tree.walk()]
    return f"{parcel.label} {text} {sorted(names)}"


@env.task
async def make_frame(rows: int) -> DataFrame:
    start = pd.Timestamp("2024-01-01T00:00:00Z")
    frame = pd.DataFrame(
        {
            "id": pd.Series(range(rows), dtype="int64"),
            "large": pd.Series([2**60 + index for index in range(rows)], dtype="int64"),
            "score": [None if index == 1 else index / 4 for index in range(rows)],
            "name": [None if index == 2 else f"n{index % 7} ☃" for index in range(rows)],
            "ok": [index % 2 == 0 for index in range(rows)],
            "at": [start + pd.Timedelta(minutes=index) for index in range(rows)],
            "day": [datetime.date(2024, 1, 1 + index % 28) for index in range(rows)],
            "tags": [["a", "b"][: index % 3] for index in range(rows)],
        }
    )
    return DataFrame.wrap_df(frame)


@env.task
async def describe_frame(df: DataFrame) -> str:
    frame = await df.open(pd.DataFrame).all()
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    records = json.loads(frame.head(3).to_json(orient="records", date_format="iso"))
    return json.dumps({"kinds": kinds, "records": records, "rows": len(frame), "sum": int(frame["id"].sum())})


@env.task(cache="auto")
async def once(doc: File) -> str:
    return f"{doc.hash} {random.random()}"


def run_deployed(path: str, task: str) -> None:
    flyte.init_from_config()
    run = flyte.run(flyte.remote.Task.get(task, auto_version="latest"), doc=File.from_local_sync(path))
    run.wait(quiet=True)
    print("RESULT " + json.dumps(run.outputs()[0]))


if __name__ == "__main__":
    import flyte.remote

    run_deployed(*sys.argv[1:])
