"""A plan that zarr-conform found, for a store of zarr-python 3.

Run it with `memory` or `local` for its argument, where `pip install zarr` was done; it prints what is
not answered as it must be, and ends with status 1 if something is.
"""

import asyncio
import sys
import tempfile

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import LocalStore, MemoryStore

PROTOTYPE = default_buffer_prototype()


def open_store(kind):
    """Put your store here: an empty one."""
    if kind == "local":
        return LocalStore(tempfile.mkdtemp(prefix="zarr-conform-"))
    return MemoryStore()


def reopen(store):
    """The same place, opened again."""
    if isinstance(store, LocalStore):
        return LocalStore(store.root)
    return MemoryStore(store._store_dict)


def buffer(data):
    return cpu.Buffer.from_bytes(data)


def noise(length, id):
    """Bytes that all depend on the id and on where they stand, as zarr-conform's plans have them."""
    mask = (1 << 64) - 1
    first = (id * 40503 & 0xFFFFFFFF) % 65536
    words = bytearray()
    for n in range(first // 8, (first + length + 7) // 8):
        z = (n + 1) * 0x9E3779B97F4A7C15 & mask
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        words += (z ^ (z >> 31)).to_bytes(8, "little")
    return bytes(words[first % 8 : first % 8 + length])


def shown(data):
    """The bytes, or of many the length and a checksum (FNV-1a)."""
    if data is None:
        return "absent"
    data = data.to_bytes()
    if len(data) <= 32:
        return "0x" + data.hex()
    total = 0xCBF29CE484222325
    for byte in data:
        total = (total ^ byte) * 0x100000001B3 & ((1 << 64) - 1)
    return f"{len(data)} bytes, checksum {total:016x}"


def listed(items):
    return "[" + ", ".join(items) + "]"


async def value(store, key, part):
    return shown(await store.get(key, PROTOTYPE, part))


async def values(store, key, parts):
    if not await store.exists(key):
        return "absent"
    found = await store.get_partial_values(PROTOTYPE, [(key, part) for part in parts])
    return listed(shown(data) for data in found)


async def many(store, parts):
    answers = []
    for key, part in parts:
        try:
            answers.append(await value(store, key, part))
        except Exception:
            answers.append("error")
    return listed(answers)


async def size(store, key):
    try:
        return str(await store.getsize(key))
    except FileNotFoundError:
        return "absent"


async def truth(call):
    return "true" if await call else "false"


async def number(call):
    return str(await call)


async def done(call):
    await call
    return "done"


async def erase(store, keys):
    for key in keys:
        await store.delete(key)
    return "done"


async def patch(store, key, patches):
    """Stores of zarr-python are not written in part: the whole value is read and written back."""
    found = await store.get(key, PROTOTYPE)
    data = bytearray(found.to_bytes() if found is not None else b"")
    for offset, part in patches:
        data.extend(b"\0" * (offset - len(data)))
        data[offset : offset + len(part)] = part
    await store.set(key, buffer(bytes(data)))
    return "done"


async def names(found):
    return listed(sorted([name async for name in found]))


async def directory(store, prefix):
    """The keys, and the prefixes with a slash at their end, as zarr-conform writes them."""
    found = []
    async for name in store.list_dir(prefix):
        path = prefix + name
        found += [path] if await store.exists(path) else []
        found += [path + "/"] if [key async for key in store.list_prefix(path + "/")] else []
    return listed(sorted(found))


wrong = []


async def check(line, call, right):
    words = ""
    try:
        got = await call
    except Exception as error:
        got, words = "error", f" ({type(error).__name__}: {error})"
    if right and got not in right:
        wrong.append(line)
        print(f"{line}\n    want {' or '.join(right)}\n    got  {got}{words}")


async def main():
    store = open_store(sys.argv[1] if len(sys.argv) > 1 else "memory")
    if await play(store):
        return 1
    print("every answer is right")
    return 0


async def play(store):
    await check("set a \"abc\"", done(store.set("a", buffer(b"abc"))), ["done"])
    await check("set a/b \"\\\"<\\\\\"", done(store.set("a/b", buffer(b"\"<\\"))), ["done"])
    await check("set b 70000*#3", done(store.set("b", buffer(noise(70000, 3)))), ["done"])
    await check("set c 40*0x07", done(store.set("c", buffer(bytes([0x07]) * 40))), ["done"])
    await check("set_partial c 2 0x00ff", patch(store, "c", [(2, b"\x00\xff")]), ["done"])
    await check("set_partial_many c [50 \"x\", 0 \"y\"]", patch(store, "c", [(50, b"x"), (0, b"y")]), ["done", "error"])
    await check("get a", value(store, "a", None), ["0x616263"])
    await check("get b", value(store, "b", None), ["70000 bytes, checksum 6b99bf06aec4285a"])
    await check("get_partial b 100..140", value(store, "b", RangeByteRequest(100, 140)), ["40 bytes, checksum 4178d1cd0632ae94"])
    await check("get_partial_many b [1..3, 69999.., -2..]", values(store, "b", [RangeByteRequest(1, 3), OffsetByteRequest(69999), SuffixByteRequest(2)]), ["[0x4756, 0x51, 0x7851]"])
    await check("get_many [a, z, b 2..4]", many(store, [("a", None), ("z", None), ("b", RangeByteRequest(2, 4))]), ["[0x616263, absent, 0x56d3]"])
    await check("size_key b", size(store, "b"), ["70000"])
    await check("exists z", truth(store.exists("z")), ["false"])
    await check("list", names(store.list()), ["[a, a/b, b, c]"])
    await check("list_prefix a/", names(store.list_prefix("a/")), ["[a/b]"])
    await check("list_dir /", directory(store, ""), ["[a, a/, b, c]"])
    await check("is_empty z/", truth(store.is_empty("z/".rstrip("/"))), ["true"])
    await check("size_prefix a/", number(store.getsize_prefix("a/")), ["3"])
    await check("size", number(store.getsize_prefix("")), ["70057"])
    await check("erase a/b", done(store.delete("a/b")), ["done"])
    await check("erase_many [c, z]", erase(store, ["c", "z"]), ["done"])
    await check("erase_prefix z/", done(store.delete_dir("z/".rstrip("/"))), ["done"])
    await check("set a \"\"", done(store.set("a", buffer(b""))), ["done"])
    await check("get a", value(store, "a", None), ["0x"])
    await check("clear", done(store.clear()), ["done"])
    await check("list", names(store.list()), ["[]"])
    return wrong


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
