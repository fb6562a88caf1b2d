#!/usr/bin/env python3
"""Writes an OCI image layout (a folder) and sends such layouts to a registry. Called by tools/images.

    oci_image.py write --definition DIR --output DIR [--base LAYOUT] LAYER..
    oci_image.py name --definition DIR
    oci_image.py digest LAYOUT
    oci_image.py push --registry URL [--user NAME:PASSWORD] LAYOUT..

A layer is a folder, whose files all get owner 0, or a tar archive, whose files keep their owners. The
same layers give the same digest, whenever and wherever they are written: entries are sorted, times are
zero, nothing is compressed (a pull over loopback takes longer to unpack than to copy).
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import platform
import sys
import tarfile
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

# A domain that resolves nowhere: whoever asks for such an image without our registry gets an error.
DOMAIN = "vk.test"

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def fail(message: str) -> NoReturn:
    sys.exit(f"tools/images: {message}")


def to_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


class Definition:
    """image.json of a folder in tools/image_defs; the folder's name is the image's."""

    def __init__(self, folder: Path) -> None:
        text = json.loads((folder / "image.json").read_text())
        self.version: str = text.pop("version")
        text.pop("base", None)
        self.name = f"{DOMAIN}/{folder.name}:{self.version}"
        # Named as in an OCI image's configuration.
        self.config: dict[str, Any] = text


class HashingFile:
    """A file that knows the hash and the length of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def digest(self) -> str:
        return "sha256:" + self._hash.hexdigest()


class Layout:
    """An OCI image layout that is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs = folder / "blobs/sha256"
        self._blobs.mkdir(parents=True)

    def add_blob(self, media_type: str, write: Callable[[HashingFile], Any]) -> dict[str, Any]:
        """Stores what `write` writes and returns its descriptor."""
        partial = self._blobs / "partial"
        with partial.open("wb") as file:
            hashing = HashingFile(file)
            write(hashing)
        partial.rename(self._blobs / hashing.digest().removeprefix("sha256:"))
        return {"mediaType": media_type, "digest": hashing.digest(), "size": hashing.size}

    def add_layer(self, source: Path) -> dict[str, Any]:
        write = write_folder if source.is_dir() else write_archive
        return self.add_blob("application/vnd.oci.image.layer.v1.tar", lambda file: write(source, file))

    def add_base(self, image: "Image") -> list[dict[str, Any]]:
        """Takes the layers of another image over, without copying them."""
        for layer in image.layers:
            (self._blobs / layer["digest"].removeprefix("sha256:")).hardlink_to(image.path(layer["digest"]))
        return image.layers

    def finish(self, definition: Definition, layers: list[dict[str, Any]]) -> str:
        """Writes configuration, manifest and index; returns the manifest's digest."""
        machine = {"architecture": ARCHITECTURES[platform.machine()], "os": "linux"}
        config = machine | {
            "created": "1970-01-01T00:00:00Z",
            "config": definition.config,
            # Nothing is compressed, so a layer's digest is that of its content.
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.add_blob("application/vnd.oci.image.config.v1+json", lambda file: file.write(to_json(config))),
            "layers": layers,
        }
        descriptor = self.add_blob(MANIFEST, lambda file: file.write(to_json(manifest)))
        descriptor["platform"] = machine
        # The names under which containerd and others import the image.
        descriptor["annotations"] = {
            "io.containerd.image.name": definition.name,
            "org.opencontainers.image.ref.name": definition.version,
        }
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [descriptor]}
        (self._folder / "index.json").write_bytes(to_json(index))
        (self._folder / "oci-layout").write_bytes(to_json({"imageLayoutVersion": "1.0.0"}))
        return descriptor["digest"]


def new_archive(file: HashingFile) -> tarfile.TarFile:
    # A stream, since a hash cannot seek.
    return tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload]


def add_entry(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: Any) -> None:
    """Adds what an image needs of the entry, and nothing that depends on where and when it was made."""
    entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.pax_headers = {}
    archive.addfile(entry, content)


def write_folder(folder: Path, file: HashingFile) -> None:
    with new_archive(file) as archive:
        for path in sorted(walk(folder)):
            entry = archive.gettarinfo(str(path), str(path.relative_to(folder)))
            entry.uid = entry.gid = 0
            if entry.islnk():
                # A second name of a file becomes a file: which name is the first is chance.
                entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
            if entry.isreg():
                with path.open("rb") as content:
                    add_entry(archive, entry, content)
            else:
                add_entry(archive, entry, None)


def walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in folders + files)


def write_archive(source: Path, file: HashingFile) -> None:
    """Devices are left out: the runtime makes those that a container gets."""
    with tarfile.open(source) as old, new_archive(file) as archive:
        entries = sorted(old.getmembers(), key=lambda entry: entry.name)
        regular = {entry.name: entry for entry in entries if entry.isreg()}
        for entry in entries:
            if entry.isdev() or entry.name == ".":
                continue
            if entry.islnk():
                # As in write_folder; the target may also be sorted behind its link.
                target = regular[entry.linkname]
                entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", target.size
                add_entry(archive, entry, old.extractfile(target))
            else:
                add_entry(archive, entry, old.extractfile(entry) if entry.isreg() else None)


class Image:
    """A finished layout on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        descriptor = json.loads((folder / "index.json").read_text())["manifests"][0]
        self.digest: str = descriptor["digest"]
        self.name: str = descriptor["annotations"]["io.containerd.image.name"]
        self.manifest = self.path(self.digest).read_bytes()
        content = json.loads(self.manifest)
        self.layers: list[dict[str, Any]] = content["layers"]
        self.blobs: list[dict[str, Any]] = self.layers + [content["config"]]

    def path(self, digest: str) -> Path:
        return self._folder / "blobs/sha256" / digest.removeprefix("sha256:")


class Registry:
    """The part of the registry's HTTP API that uploads need."""

    def __init__(self, url: str, user: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "http" or not parts.netloc:
            fail(f"--registry wants http://HOST:PORT, not {url}")
        self._url = url
        self._host = parts.netloc
        self._headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} if user else {}

    def push(self, image: Image) -> None:
        """Uploads what is missing. The repository is the name without its domain: a containerd whose
        hosts.toml leads every host here asks for that."""
        repository, version = image.name.removeprefix(DOMAIN + "/").rsplit(":", 1)
        base = f"/v2/{repository}"
        sent = 0
        for blob in image.blobs:
            if not self._has(f"{base}/blobs/{blob['digest']}"):
                self._upload(base, image.path(blob["digest"]), blob)
                sent += blob["size"]
        self._request("PUT", f"{base}/manifests/{version}", 201, image.manifest, {"Content-Type": MANIFEST})
        print(f"pushed {image.name} {image.digest} ({sent / 1e6:.1f} MB sent)")

    def _has(self, path: str) -> bool:
        status, _ = self._send("HEAD", path)
        if status not in (200, 404):
            self._refuse("HEAD", path, status, "")
        return status == 200

    def _upload(self, base: str, file: Path, blob: dict[str, Any]) -> None:
        location = self._request("POST", f"{base}/blobs/uploads/", 202)
        parts = urllib.parse.urlsplit(location)
        query = urllib.parse.parse_qsl(parts.query) + [("digest", blob["digest"])]
        with file.open("rb") as content:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob["size"])}
            self._request("PUT", f"{parts.path}?{urllib.parse.urlencode(query)}", 201, content, headers)

    def _request(self, method: str, path: str, wanted: int, body: Any = None, headers: dict[str, str] | None = None) -> str:
        """Returns the answer's Location."""
        status, answer = self._send(method, path, body, headers)
        if status != wanted:
            self._refuse(method, path, status, answer["body"])
        return answer["location"]

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str]]:
        # One connection per request: a refused upload leaves one in an unknown state.
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request(method, path, body, self._headers | (headers or {}))
            response = connection.getresponse()
            text = response.read().decode(errors="replace").strip()
            return response.status, {"body": text, "location": response.getheader("Location", "")}
        except OSError as error:
            fail(f"no registry answers at {self._url}: {error}")
        finally:
            connection.close()

    def _refuse(self, method: str, path: str, status: int, body: str) -> NoReturn:
        if status == 401:
            fail(f"the registry at {self._url} refuses the user; say --user NAME:PASSWORD")
        fail(f"the registry at {self._url} answered {method} {path} with {status}: {body}")


def write(options: argparse.Namespace) -> None:
    layout = Layout(options.output)
    layers = layout.add_base(Image(options.base)) if options.base else []
    layers = layers + [layout.add_layer(layer) for layer in options.layers]
    print(layout.finish(Definition(options.definition), layers))


def name(options: argparse.Namespace) -> None:
    print(Definition(options.definition).name)


def digest(options: argparse.Namespace) -> None:
    print(Image(options.layout).digest)


def push(options: argparse.Namespace) -> None:
    registry = Registry(options.registry, options.user)
    for layout in options.layouts:
        registry.push(Image(layout))


def main() -> None:
    parser = argparse.ArgumentParser(description="writes OCI image layouts and sends them to a registry")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("write")
    command.add_argument("--definition", type=Path, required=True)
    command.add_argument("--output", type=Path, required=True)
    command.add_argument("--base", type=Path)
    command.add_argument("layers", type=Path, nargs="+")
    command.set_defaults(run=write)
    command = commands.add_parser("name")
    command.add_argument("--definition", type=Path, required=True)
    command.set_defaults(run=name)
    command = commands.add_parser("digest")
    command.add_argument("layout", type=Path)
    command.set_defaults(run=digest)
    command = commands.add_parser("push")
    command.add_argument("--registry", required=True)
    command.add_argument("--user", default="")
    command.add_argument("layouts", type=Path, nargs="+")
    command.set_defaults(run=push)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
