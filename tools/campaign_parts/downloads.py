"""Downloads of MNIST from mirrors on this machine that refuse, lie and cut, by several processes at once.

The files come from $AE_DATA_DIR/mnist where they are; otherwise made-up ones are served, which must always be refused.
"""
import http.server
import os
import pathlib
import threading

from program import finish
from trial import Trial

FILES = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
BEHAVIOURS = ("whole", "missing", "unavailable", "cut", "flipped", "second member", "longer", "html", "lies about its length")
WORDS = "--data mnist --epochs 1 --layers 784-4-784 --batch-size 1000 --threads 1 -q"


def real_files():
    folder = pathlib.Path(os.environ.get("AE_DATA_DIR", "data")) / "mnist"
    found = {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
    return found if len(found) == len(FILES) else None


class Mirror(http.server.ThreadingHTTPServer):
    """Serves `files`; `behave(name)` says how."""
    daemon_threads = True

    def __init__(self, files, behave):
        self.files, self.behave = files, behave
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1]
        behaviour = self.server.behave(name)
        body = self.server.files.get(name)
        if body is None or behaviour in ("missing", "unavailable"):
            return self.send_error(503 if behaviour == "unavailable" else 404)
        sent = changed(body, behaviour)
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent) + (behaviour == "lies about its length")))
        self.end_headers()
        length = int(len(sent) / 2) if behaviour == "cut" else len(sent)
        self.wfile.write(sent[:length])
        self.close_connection = True

    def log_message(self, *_):
        pass


def changed(body, behaviour):
    if behaviour == "flipped":
        middle = len(body) // 2
        return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:]
    if behaviour == "second member":
        return body + body
    if behaviour == "longer":
        return body + b"\0" * 100
    if behaviour == "html":
        return b"<html>Sign in to the network</html>"
    return body


def download(laboratory, files, behaviours, count, genuine):
    """All end well where the mirror does; otherwise no process keeps a file that is not MNIST's."""
    good = genuine and all(behaviour == "whole" for behaviour in behaviours.values())
    with laboratory.place() as folder, Mirror(files, behaviours.get) as mirror:
        cache = folder / "cache"
        environment = {"XDG_CACHE_HOME": str(cache), "AE_MIRROR": mirror.address()}
        processes = [laboratory.program.start([*WORDS.split(), "--out", f"new{i}"], folder, environment=environment)
                     for i in range(count)]
        outcomes = [finish(process, 300) for process in processes]
        # The cache is looked at by a process without a mirror.
        kept = [path for path in cache.rglob("*") if path.is_file()]
        found = [text for outcome in outcomes for text in outcome.complaints()]
        if good and any(outcome.code != 0 for outcome in outcomes):
            found.append(f"a good mirror: exit {[o.code for o in outcomes]}: {outcomes[0].last_line()}")
        if not good and any(outcome.code not in (0, 3) for outcome in outcomes):
            found.append(f"a bad mirror: exit {[o.code for o in outcomes]}: {outcomes[0].last_line()}")
        found += [f"kept in the cache: {path.name}" for path in kept if path.name in files and
                  (not genuine or path.read_bytes() != files[path.name])]
        return found


def mirrors(laboratory, rng):
    files = real_files()
    genuine = files is not None
    files = files or {name: b"not MNIST" for name in FILES}
    while True:
        count = rng.choice((1, 2, 4))
        bad = rng.choice(BEHAVIOURS)
        behaviours = dict.fromkeys(FILES, "whole") | {rng.choice(FILES): bad}
        yield Trial(f"{count} downloads at once, one file {bad}",
                    lambda count=count, behaviours=behaviours: download(laboratory, files, behaviours, count, genuine))
