"""The keys of the sandbox's publisher, made once and kept beside its files: what it signs with, and who may read over SFTP."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Final

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

SIGNING, PUBLIC = "signing.key", "public-key.txt"
HOST, READER = "sftp-host.key", "sftp-reader.key"
USER: Final = "list-reader"


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """What signs the index. Its public half lies beside it, for whoever must know it."""
    path = folder / SIGNING
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _keep(path, made)
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    (folder / PUBLIC).write_text(public_key(key) + "\n")
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """32 bytes in base64: what a reader verifies the index with."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def ssh_key(folder: Path, name: str) -> asyncssh.SSHKey:
    """HOST: what the SFTP server shows. READER: with what USER signs in; a reader needs the private half."""
    path = folder / name
    if not path.exists():
        _keep(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)


def _keep(path: Path, content: bytes) -> None:
    """Write it whole or not at all; where two processes make a key at once, the first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
