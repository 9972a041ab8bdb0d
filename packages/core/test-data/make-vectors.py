"""Makes python-vectors.json: what Python's own libraries give for values whose bytes must agree.

    python -m venv /tmp/vectors && /tmp/vectors/bin/pip install flyteidl2 protobuf msgpack
    /tmp/vectors/bin/python make-vectors.py > python-vectors.json
"""

import base64
import hashlib
import json
import random
import sys

import msgpack
from flyteidl2.core import interface_pb2, literals_pb2, types_pb2
from google.protobuf import struct_pb2

rng = random.Random(20261121)
TEXTS = ["", "a", "A", "10", "9", "é", "\uffee", "\U0001f600", "zz", "x" * 31, "x" * 32, "with space", "__proto__"]
INTS = [0, 1, -1, 31, -32, -33, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 65535, 65536,
        2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32 - 1, 2**32, 2**53, -(2**53), 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 1.0, 1.5, -2.25, 1e300, 5e-324, 3.0]


def value(depth=0):
    kind = rng.randrange(8 if depth < 3 else 6)
    if kind == 0:
        return rng.choice(TEXTS)
    if kind == 1:
        return rng.choice(INTS)
    if kind == 2:
        return rng.choice(FLOATS)
    if kind == 3:
        return rng.choice([True, False, None])
    if kind == 4:
        return rng.randbytes(rng.choice([0, 3, 40]))
    if kind == 5:
        return rng.choice(INTS + TEXTS)
    if kind == 6:
        return [value(depth + 1) for _ in range(rng.randrange(18 if depth == 0 else 4))]
    keys = rng.sample(TEXTS + [1, 2, 200, -5, 70000], rng.randrange(18 if depth == 0 else 4))
    return {key: value(depth + 1) for key in keys}


def canonical(item):
    if isinstance(item, dict):
        pairs = [(key, canonical(entry)) for key, entry in item.items()]
        return dict(sorted(pairs, key=lambda pair: msgpack.packb(pair[0])))
    if isinstance(item, list):
        return [canonical(entry) for entry in item]
    return item


def json_value(depth=0):
    kind = rng.randrange(6 if depth < 3 else 4)
    if kind == 0:
        return rng.choice(TEXTS)
    if kind == 1:
        return rng.choice([0, 1, -1.5, 3, 1e21])
    if kind == 2:
        return rng.choice([True, False])
    if kind == 3:
        return None
    if kind == 4:
        return [json_value(depth + 1) for _ in range(rng.randrange(4))]
    return json_object(depth + 1)


def json_object(depth=0):
    return {key: json_value(depth + 1) for key in rng.sample(TEXTS, rng.randrange(len(TEXTS) if depth == 0 else 4))}


def struct(item):
    out = struct_pb2.Struct()
    out.update(item)
    return out


def literal(depth=0):
    out = literals_pb2.Literal()
    kind = rng.randrange(14 if depth < 3 else 11)
    if kind == 0:
        out.scalar.primitive.integer = rng.choice(INTS)
    elif kind == 1:
        out.scalar.primitive.float_value = rng.choice(FLOATS)
    elif kind == 2:
        out.scalar.primitive.string_value = rng.choice(TEXTS)
    elif kind == 3:
        out.scalar.primitive.boolean = rng.choice([True, False])
    elif kind == 4:
        out.scalar.primitive.datetime.FromNanoseconds(rng.randrange(-(10**18), 2 * 10**18))
    elif kind == 5:
        out.scalar.primitive.duration.FromMicroseconds(rng.randrange(-(10**15), 10**15))
    elif kind == 6:
        out.scalar.none_type.SetInParent()
    elif kind in (7, 8):
        packed = msgpack.packb(value())
        if rng.random() < 0.1:
            packed = packed[:-1] if rng.random() < 0.5 else packed + b"\x00"
        out.scalar.binary.value = packed
        out.scalar.binary.tag = rng.choice(["msgpack", "msgpack", "msgpack", "other"])
    elif kind == 9:
        out.scalar.generic.CopyFrom(struct(json_object()))
    elif kind == 10:
        out.scalar.blob.uri = rng.choice(TEXTS)
        out.scalar.blob.metadata.type.dimensionality = rng.randrange(2)
        out.hash = rng.choice(["", "", "h\u00e9"])
    elif kind == 11:
        out.scalar.union.value.CopyFrom(literal(depth + 1))
        out.scalar.union.type.CopyFrom(literal_type(depth + 1))
    elif kind == 12:
        out.collection.SetInParent()
        out.collection.literals.extend(literal(depth + 1) for _ in range(rng.randrange(4)))
    else:
        out.map.SetInParent()
        for key in rng.sample(TEXTS, rng.randrange(len(TEXTS) if depth == 0 else 3)):
            out.map.literals[key].CopyFrom(literal(depth + 2))
    for key in rng.sample(TEXTS, rng.choice([0, 0, 0, 5])):
        out.metadata[key] = rng.choice(TEXTS)
    return out


def literal_type(depth=0):
    out = types_pb2.LiteralType()
    kind = rng.randrange(7 if depth < 3 else 4)
    if kind < 2:
        out.simple = rng.randrange(10)
    elif kind == 2:
        out.enum_type.values.extend(rng.sample(TEXTS, 3))
    elif kind == 3:
        out.blob.format = rng.choice(TEXTS)
    elif kind == 4:
        out.collection_type.CopyFrom(literal_type(depth + 1))
    elif kind == 5:
        out.map_value_type.CopyFrom(literal_type(depth + 1))
    else:
        out.union_type.variants.extend(literal_type(depth + 1) for _ in range(2))
    if rng.random() < 0.3:
        out.metadata.CopyFrom(struct(json_object()))
        out.annotation.annotations.CopyFrom(struct(json_object()))
    if rng.random() < 0.5:
        out.structure.tag = rng.choice(TEXTS)
        for key in rng.sample(TEXTS, rng.choice([0, 2])):
            out.structure.dataclass_type[key].CopyFrom(literal_type(depth + 2))
    return out


def interface():
    out = interface_pb2.TypedInterface()
    for side in (out.inputs, out.outputs):
        side.SetInParent()
        for key in rng.sample(TEXTS, rng.randrange(5)):
            entry = side.variables.add(key=key)
            entry.value.type.CopyFrom(literal_type())
            entry.value.description = rng.choice(TEXTS)
    return out


def deterministic(message):
    return message.SerializeToString(deterministic=True)


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def represent(item):
    if item.hash:
        return item.hash.encode()
    which = item.WhichOneof("value")
    if which == "collection":
        return b"".join(represent(child) for child in item.collection.literals)
    if which == "map":
        return b"".join(key.encode() + represent(item.map.literals[key]) for key in sorted(item.map.literals))
    if which == "scalar" and item.scalar.WhichOneof("value") == "binary" and item.scalar.binary.tag == "msgpack":
        try:
            decoded = msgpack.unpackb(item.scalar.binary.value, strict_map_key=False)
        except Exception:
            return deterministic(item)
        changed = literals_pb2.Literal()
        changed.CopyFrom(item)
        changed.scalar.binary.value = msgpack.packb(canonical(decoded))
        return deterministic(changed)
    return deterministic(item)


def interface_digest(item):
    changed = interface_pb2.TypedInterface()
    changed.CopyFrom(item)
    for side in (changed.inputs, changed.outputs):
        ordered = sorted(side.variables, key=lambda entry: entry.key)
        del side.variables[:]
        side.variables.extend(ordered)
    return digest(deterministic(changed))


def base36(number):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"


def name_vector():
    parts = [rng.choice(TEXTS), digest(rng.randbytes(4)), digest(rng.randbytes(4)), rng.randrange(1, 1000), rng.choice(TEXTS)]
    text = f"{parts[0]}-{parts[1]}-{parts[2]}-{parts[3]}" + (f"-{parts[4]}" if parts[4] else "")
    return {"parts": parts, "name": base36(int.from_bytes(hashlib.md5(text.encode()).digest(), "big"))}


def hexes(messages, *functions):
    return [[m.SerializeToString().hex(), *[f(m) for f in functions]] for m in messages]


def is_json(item):
    try:
        json.dumps(item)
    except TypeError:
        return False
    if isinstance(item, dict):
        return all(isinstance(key, str) and is_json(entry) for key, entry in item.items())
    return not isinstance(item, list) or all(map(is_json, item))


packables = [*TEXTS, "y" * 255, "y" * 256, *INTS, *[i for i in (2**63, 2**64 - 1)], 1.5, -2.25, True, False, None,
             list(range(15)), list(range(16)), {str(i): i for i in range(15)}, {"k" + str(i): i for i in range(16)},
             {"nested": {"list": [1, "x", None, {"deep": -7}]}}]

json.dump(
    {
        # [JSON text, packed]
        "packed": [[json.dumps(item), msgpack.packb(item).hex()] for item in packables if is_json(item)],
        "packedBytes": [[item.hex(), msgpack.packb(item).hex()] for item in (b"", b"abc", bytes(255), bytes(256))],
        # [serialised in any order, deterministic, representation]
        "literals": hexes(
            [literal() for _ in range(80)], lambda m: deterministic(m).hex(), lambda m: represent(m).hex()
        ),
        # [serialised in any order, deterministic]
        "types": hexes([literal_type() for _ in range(25)], lambda m: deterministic(m).hex()),
        # [serialised in any order, hash]
        "interfaces": hexes([interface() for _ in range(10)], interface_digest),
        "names": [name_vector() for _ in range(10)],
    },
    sys.stdout,
    indent=1,
)
