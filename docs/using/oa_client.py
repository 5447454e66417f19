#!/usr/bin/env python3
"""OA 系统与办公桌面对接的样例，只用标准库。 An OA system that asks the desk; standard library only.

令牌从文件读取，文件只有本人可读。 The token is read from a file that only its owner can read.

    python3 oa_client.py --token-file oa.token self
    python3 oa_client.py --token-file oa.token submit draft.json notice.ofd annex.pdf
    python3 oa_client.py --token-file oa.token wait ID --stage dispatched
    python3 oa_client.py --token-file oa.token received
    python3 oa_client.py --token-file oa.token fetch ID FOLDER
    python3 oa_client.py --token-file oa.token sign ID
    python3 oa_client.py --token-file oa.token register-number ID 办文〔2026〕0123
    python3 oa_client.py listen --port 9000 --key-file hook.key

退出码 exit codes: 0 办成 done, 1 被拒 refused, 2 用法 usage, 3 连接不上 not reached, 4 令牌无效或到期 token.
"""

import argparse
import hashlib
import hmac
import http.client
import http.server
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TOKEN_PROBLEMS = ("YC-0801", "YC-0802")
PIECE = 1 << 20


class Refused(Exception):
    """What the desk refused, with its code (proto/error-codes.md) and its words."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')}")
        self.status = status
        self.problem = problem
        self.code = problem.get("code", "")


class NotReached(Exception):
    """The desk, or the exchange behind it, is not reached: nothing is lost, ask again later."""


class Desk:
    """The desk of this computer, asked with a token."""

    def __init__(self, address, token, patience=60):
        parts = urlsplit(address)
        # A token never leaves this computer.
        if parts.scheme != "http" or parts.hostname not in LOOPBACK:
            raise ValueError(f"{address}: the desk is on this computer")
        self.host, self.port = parts.hostname, parts.port or 80
        self._token = token
        self._patience = patience

    def _once(self, method, path, body, kind):
        # http.client follows no redirect, asks no proxy and keeps no cookie.
        connection = http.client.HTTPConnection(self.host, self.port, timeout=300)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        try:
            connection.request(method, f"/api/v1{path}", body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except OSError as error:
            raise NotReached(str(error)) from error
        finally:
            connection.close()

    def _ask(self, method, path, body=None, kind="application/json"):
        """Asks, and asks again where the desk says when: too often (429), not now (503)."""
        until = time.monotonic() + self._patience
        while True:
            if hasattr(body, "seek"):
                body.seek(0)
            status, headers, data = self._once(method, path, body, kind)
            if status < 300:
                return headers, data
            try:
                problem = json.loads(data)
            except ValueError:
                problem = {"title": data[:200].decode("utf-8", "replace")}
            wait = min(int(headers.get("Retry-After", "5")), 60)
            if status not in (429, 503) or time.monotonic() + wait > until:
                if status == 503:
                    raise NotReached(f"{problem.get('code')}: {problem.get('title')}")
                raise Refused(status, problem)
            time.sleep(wait)

    def _json(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._ask(method, path, data)[1] or b"null")

    def who(self):
        """Whose token it is, what it may do, and until when."""
        return self._json("GET", "/oa/self")

    def upload(self, path):
        """Uploads a file, piece by piece; returns its id."""
        name = quote(Path(path).name)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            kind = "application/octet-stream"
            body = _Sized(file, size)
            return json.loads(self._ask("POST", f"/files?name={name}", body, kind)[1])["id"]

    def submit(self, draft, files):
        """Closes and submits a finished document; it then waits for approval and seal.

        The main text comes first. To submit again the same closed document changes nothing, so
        that is what is repeated where the exchange is away; the whole is not.
        """
        draft = dict(draft, files=[self.upload(path) for path in files])
        checked = self._json("POST", "/compose/check", draft)
        if checked["errors"]:
            raise Refused(422, {"code": "bad-request", "title": json.dumps(
                checked["errors"], ensure_ascii=False)})
        document = self._json("POST", "/compose", draft)["id"]
        self._json("POST", f"/outgoing/{document}/submit", {})
        return document

    def document(self, document):
        """One document: its stage, its deliveries, what may be done."""
        return self._json("GET", f"/documents/{quote(document, safe='')}")

    def documents(self, **wanted):
        """All documents that are wanted, page after page."""
        cursor = None
        while True:
            page = self._json("GET", "/documents?" + urlencode(
                {**wanted, **({"cursor": cursor} if cursor else {})}))
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def wait(self, document, stage, seconds):
        """Waits until a document that was submitted has come so far; hooks tell it sooner."""
        until = time.monotonic() + seconds
        while True:
            found = self.document(document)
            if found["stage"]["code"] == stage or time.monotonic() > until:
                return found
            time.sleep(2)

    def fetch(self, document, folder):
        """Fetches a document, and writes its files into a new folder, each compared by digest."""
        document = quote(document, safe="")
        received = self._json("POST", f"/documents/{document}/fetch", {})
        if received["header"] is None:
            return received
        folder = Path(folder)
        folder.mkdir(mode=0o700, parents=True)
        for part in received["header"]["parts"]:
            _, data = self._ask("GET", f"/documents/{document}/parts/{part['index']}")
            if hashlib.sha256(data).hexdigest() != part["sha256"]:
                raise Refused(0, {"code": "digest", "title": part["name"]})
            # The desk admits no name with a folder in it; this does not rely on that.
            (folder / Path(part["name"]).name).write_bytes(data)
        return received

    def sign(self, document):
        """Signs for a document that passed its inspection."""
        return self._json("POST", f"/documents/{quote(document, safe='')}/sign", {})

    def give_back(self, document, reason, text):
        """Returns a document with the number of a reason (`/words`) and words."""
        body = {"reason": reason, "text": text}
        return self._json("POST", f"/documents/{quote(document, safe='')}/return", body)

    def register_number(self, document, number):
        """Hands the number back that a document has in the register of the OA system."""
        body = {"kind": "register", "text": number}
        return self._json("POST", f"/documents/{quote(document, safe='')}/notes", body)


class _Sized:
    """A file whose length http.client sends ahead, read in pieces."""

    def __init__(self, file, size):
        self._file, self._size = file, size

    def __len__(self):
        return self._size

    def __bool__(self):
        return True

    def seek(self, place):
        self._file.seek(place)

    def read(self, _=-1):
        return self._file.read(PIECE)


def verify_hook(header, body, key, now, tolerance=300):
    """Whether a hook's header `Yichuan-Signature` signs its body with the key, not long ago."""
    fields = dict(field.split("=", 1) for field in header.split(",") if "=" in field)
    seconds, given = fields.get("t", ""), fields.get("v1", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return False
    if abs(now - int(seconds)) > tolerance:
        return False
    wanted = hmac.new(key, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), given.encode("ascii", "replace"))


def listen(port, key_file, refuse):
    """Takes events in, each once; the first `refuse` are refused, to see that they come again."""
    seen = set()
    left = [refuse]

    class Events(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self):
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > 64 << 10:
                return self.done(413, {"verified": False})
            body = self.rfile.read(int(length))
            key = bytes.fromhex(private_text(key_file))
            signature = self.headers.get("Yichuan-Signature", "")
            if not verify_hook(signature, body, key, time.time()):
                return self.done(401, {"verified": False})
            if left[0] > 0:
                left[0] -= 1
                return self.done(503, {"verified": True, "refused": True})
            event = json.loads(body)
            again = event["id"] in seen
            seen.add(event["id"])
            return self.done(204, {"verified": True, "again": again, "event": event})

        def done(self, status, told):
            print(json.dumps(told, ensure_ascii=False), flush=True)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", port), Events)
    print(json.dumps({"listening": server.server_port}), flush=True)
    server.serve_forever()


def private_text(path):
    """What stands in a secret file; refused where others can read it."""
    mode = os.stat(path).st_mode & 0o077
    if mode:
        raise SystemExit(f"{path}: chmod 600")
    return Path(path).read_text(encoding="ascii").strip()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--desk", default="http://127.0.0.1:8017")
    parser.add_argument("--token-file")
    parser.add_argument("--patience", type=int, default=60, help="seconds")
    does = parser.add_subparsers(dest="does", required=True)
    does.add_parser("self")
    does.add_parser("received")
    submit = does.add_parser("submit")
    submit.add_argument("draft", help="JSON, see Draft in openapi.json")
    submit.add_argument("files", nargs="+")
    for name in ("state", "wait", "fetch", "sign", "return", "register-number"):
        command = does.add_parser(name)
        command.add_argument("id")
        if name == "wait":
            command.add_argument("--stage", default="dispatched")
            command.add_argument("--seconds", type=int, default=60)
        elif name == "fetch":
            command.add_argument("folder")
        elif name == "return":
            command.add_argument("reason", type=int)
            command.add_argument("text")
        elif name == "register-number":
            command.add_argument("number")
    hooks = does.add_parser("listen")
    hooks.add_argument("--port", type=int, default=9000)
    hooks.add_argument("--key-file", required=True)
    hooks.add_argument("--refuse", type=int, default=0)
    return parser.parse_args()


def run(asked):
    if asked.does == "listen":
        return listen(asked.port, asked.key_file, asked.refuse)
    if asked.token_file is None:
        raise SystemExit(2)
    desk = Desk(asked.desk, private_text(asked.token_file), asked.patience)
    match asked.does:
        case "self":
            return desk.who()
        case "submit":
            draft = json.loads(Path(asked.draft).read_text(encoding="utf-8"))
            return {"id": desk.submit(draft, asked.files)}
        case "state":
            return desk.document(asked.id)
        case "wait":
            return desk.wait(asked.id, asked.stage, asked.seconds)
        case "received":
            return list(desk.documents(direction="received", order="newest"))
        case "fetch":
            return desk.fetch(asked.id, asked.folder)
        case "sign":
            return desk.sign(asked.id)
        case "return":
            return desk.give_back(asked.id, asked.reason, asked.text)
        case "register-number":
            return desk.register_number(asked.id, asked.number)


def main():
    try:
        print(json.dumps(run(arguments()), ensure_ascii=False, indent=1))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 4 if refused.code in TOKEN_PROBLEMS else 1
    except NotReached as why:
        print(why, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
