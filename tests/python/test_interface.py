"""The desk's interface under what a generator makes of its description (schemathesis).

Whatever is asked, by a stranger, by somebody at a seat or by an OA system with a token: the desk
answers, and never with an error of its own. The seed is fixed, and each run has its time.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Show-case-1"
SENDER, RECIPIENT = "513200-zfb", "513201-zf"
SEED = "20261126"
# Seconds of one run, which has as many as it needs and no more than these.
STRANGER, SEATED, TOKEN = 12, 25, 28
# A stream that never ends is no answer to be waited for, and whoever signs out is a stranger again.
STREAM = "/api/v1/events"
SESSION = "/api/v1/session"


def programs():
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return (ROOT / target) / "release"


# The order of the tests: a seat can close what OA systems are served at, and wrong passwords, which
# a stranger tries, make whoever signs in next wait.


class Desk:
    """A desk that is served to one home."""

    def __init__(self, home):
        command = [programs() / "yichuan", "--home", home, "--json", "desk", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = json.loads(self.process.stdout.readline())["address"].rstrip("/")

    def ask(self, method, path, body=None, headers=()):
        host = self.address.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        sent = {"X-Yichuan": "1", "Content-Type": "application/json", **dict(headers)}
        connection.request(method, f"/api/v1{path}", json.dumps(body or {}), sent)
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status < 300, (method, path, data)
        return answer, json.loads(data or b"null")

    def seat(self, account):
        """Signs an account in; the headers of its seat."""
        entered = {"account": account, "password": PASSWORD}
        answer, _ = self.ask("POST", "/session", entered)
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        return {"Cookie": cookie, "X-Yichuan": "1"}

    def token(self, seat, acts):
        """Has an account issue a token; the header that it is brought in."""
        entered = {"system": "OA", "acts": acts, "days": 1, "password": PASSWORD}
        _, given = self.ask("POST", "/oa/tokens", entered, seat)
        return {"Authorization": f"Bearer {given['token']}"}

    def documents(self, seat):
        _, page = self.ask("GET", "/documents", headers=seat)
        return [document["id"] for document in page["items"]]


@pytest.fixture(scope="module")
def served(demo):
    """The exchange, and the desks of a sending and of a receiving office."""
    run = [programs() / "yichuan-exchange", "--home", demo / "exchange", "run"]
    processes = [subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    try:
        desks = {}
        for code in (SENDER, RECIPIENT):
            desks[code] = Desk(demo / "offices" / code)
            processes.append(desks[code].process)
        yield desks
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)


def reached(desk, seat):
    """Waits until the desk reaches the exchange; without it nothing but refusals is tried."""
    for _ in range(60):
        if desk.ask("GET", "/state", headers=seat)[1]["exchange"] == "connected":
            return
        desk.ask("GET", "/work", headers=seat)
        time.sleep(0.5)
    raise AssertionError("the exchange is not reached")


def described(wanted, scheme):
    """The description of the operations that are wanted, each as a path with its operation.

    Where a scheme is brought along in headers, nothing else is made up in its place.
    """
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    for path, item in list(document["paths"].items()):
        for method, operation in list(item.items()):
            if not wanted(path, operation):
                del item[method]
            elif scheme:
                del operation["security"]
        if not item:
            del document["paths"][path]
    if scheme:
        del document["components"]["securitySchemes"]
    return document


def tried(desk, folder, document, headers, seconds, about=None, more=()):
    """Runs schemathesis; returns how many requests got which status."""
    folder.mkdir()
    schema = folder / "openapi.json"
    schema.write_text(json.dumps(document))
    config = folder / "schemathesis.toml"
    config.write_text(f'[parameters]\n"path.id" = "{about}"\n' if about else "")
    events = folder / "events.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", schema]
    command += ["--url", desk.address, "--seed", SEED, "--workers", "1", "--no-color"]
    command += ["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", "8", "--max-time", str(seconds), "--continue-on-failure"]
    command += ["--request-timeout", "60", "--suppress-health-check", "all", "--warnings", "off"]
    command += ["--report", "ndjson", "--report-ndjson-path", events]
    command += [part for name, it in headers.items() for part in ("-H", f"{name}:{it}")]
    said = subprocess.run(
        [*command, *more], cwd=folder, text=True, capture_output=True, timeout=seconds + 120
    )
    assert said.returncode == 0, said.stdout[-6000:] + said.stderr[-2000:]
    found = re.findall(r'"status_code":\s*(\d+)', events.read_text())
    counts = {}
    for status in map(int, found):
        counts[status] = counts.get(status, 0) + 1
    print(counts)
    assert all(status < 500 for status in counts), counts
    return counts


@pytest.mark.parametrize(
    "code, letters, acts",
    [
        (SENDER, "fs01", ["submit", "state", "register"]),
        (RECIPIENT, "js01", ["fetch", "sign", "return", "register"]),
    ],
)
def test_an_oa_system_finds_no_error_of_the_desk(served, tmp_path, code, letters, acts):
    desk = served[code]
    seat = desk.seat(f"{code}-{letters}")
    reached(desk, seat)
    about = desk.documents(seat)[0]
    token = desk.token(seat, acts)
    document = described(
        lambda _, operation: any("oa" in way for way in operation["security"]), scheme=True
    )
    more = ["--rate-limit", "9/s"]
    counts = tried(desk, tmp_path / "token", document, token, TOKEN, about, more)
    assert counts.get(403, 0) > 20 and counts.get(200, 0) > 10, counts
    # It was served to the end.
    _, state = desk.ask("GET", "/oa", headers=seat)
    assert state["open"] is True


@pytest.mark.parametrize("code, letters", [(SENDER, "fs01"), (RECIPIENT, "js01")])
def test_an_account_finds_no_error_of_the_desk(served, tmp_path, code, letters):
    desk = served[code]
    seat = desk.seat(f"{code}-{letters}")
    reached(desk, seat)
    about = desk.documents(seat)[0]
    document = described(
        lambda path, _: path != STREAM and not path.startswith(SESSION), scheme=True
    )
    counts = tried(desk, tmp_path / "seat", document, seat, SEATED, about)
    assert counts[200] > 50 and counts[422] > 50, counts
    assert desk.ask("GET", "/me", headers=seat)[1]["account"] == f"{code}-{letters}"


def test_a_stranger_finds_no_error_of_the_desk(served, tmp_path):
    document = described(lambda path, _: path != STREAM, scheme=False)
    counts = tried(served[SENDER], tmp_path / "stranger", document, {"X-Yichuan": "1"}, STRANGER)
    assert counts[401] > 100, counts
