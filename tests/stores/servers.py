"""Stores that others wrote, on this machine: how each is started, its root and what the environment says of it."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

SECRET = "a-secret-of-this-test"
# The account that every Azurite has.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers on port {port}")


def s3(folder: pathlib.Path) -> tuple | None:
    program = shutil.which("moto_server", path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    if not program:
        return None
    port = free_port()
    log = (folder / "moto.log").open("w")
    server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    wait_for(port)
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/bucket", method="PUT")).read()
    keys = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": SECRET}
    return server, "s3://bucket", keys


def azure(folder: pathlib.Path) -> tuple | None:
    program = shutil.which("azurite-blob", path=f"{os.environ.get('AZURITE', '')}:{os.environ['PATH']}")
    try:
        from azure.storage.blob import BlobServiceClient
    except ImportError:
        return None
    if not program:
        return None
    # The emulator that object_store knows has a port of its own.
    command = [program, "--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--blobPort", "10000"]
    log = (folder / "azurite.log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    wait_for(10000)
    account = "http://127.0.0.1:10000/devstoreaccount1"
    BlobServiceClient(account, credential=AZURE_KEY).create_container("container")
    return server, "az://container", {"AZURE_STORAGE_USE_EMULATOR": "true"}
