"""A thin client of foray's service: JSON-RPC 2.0 over a WebSocket.

    server = Server("runs")                       # starts `foray serve`
    foray = await Client.connect(server.url, server.token("operator"))
    await foray.call("campaign.create", file={...}, start=True)
    async for entry in foray.events("my-campaign"):
        print(entry["sequence"], entry["kind"])

`await foray.call("rpc.discover")` describes every method. Needs Python's `websockets`.
"""

import asyncio
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess

import websockets


class ForayError(Exception):
    """An error that the service answered with."""

    def __init__(self, error):
        super().__init__(f"{error['message']} ({error['code']})")
        self.code = error["code"]
        self.data = error.get("data")


class Client:
    """One connection. Calls may overlap; entries of journals arrive in queues of their own."""

    def __init__(self, socket):
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers = {}
        self._entries = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url, token, name="python"):
        address = url.replace("http", "ws", 1) + "/ws"
        client = cls(await websockets.connect(address, max_size=None))
        client.hello = await client.call("session.hello", token=token, client=name)
        return client

    async def call(self, method, **params):
        """Calls a method; returns its result or raises ForayError."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(message, allow_nan=False))
        return await answer

    async def events(self, campaign, from_sequence=1):
        """The entries of a campaign's journal: those on record, then each new one."""
        subscribed = await self.call(
            "events.subscribe", campaign=campaign, from_sequence=from_sequence
        )
        number = subscribed["subscription"]
        entries = self._entries.setdefault(number, asyncio.Queue())
        while True:
            entry = await entries.get()
            if entry is None:
                raise ConnectionError("the connection to foray is lost")
            yield entry

    async def close(self):
        await self._socket.close()
        await self._reader

    async def _read(self):
        try:
            async for text in self._socket:
                self._take(json.loads(text))
        except websockets.ConnectionClosed:
            pass
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the connection to foray is lost"))
        for entries in self._entries.values():
            entries.put_nowait(None)

    def _take(self, message):
        if message.get("method") == "events.entry":
            number = message["params"]["subscription"]
            self._entries.setdefault(number, asyncio.Queue()).put_nowait(message["params"])
            return
        answer = self._answers.pop(message.get("id"), None)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(ForayError(message["error"]))
        else:
            answer.set_result(message["result"])


class Server:
    """A `foray serve` of one's own, on any free port. FORAY_BIN names the program, else PATH."""

    def __init__(self, folder):
        program = os.environ.get("FORAY_BIN") or shutil.which("foray")
        if not program:
            raise FileNotFoundError("foray is neither on PATH nor named by FORAY_BIN")
        self.folder = pathlib.Path(folder)
        self._process = subprocess.Popen(
            [program, "serve", "--folder", str(folder), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = None
        for line in self._process.stdout:
            found = re.search(r" at (http://\S+)", line)
            self.url = found.group(1) if found else self.url
            found = re.search(r"^tokens: (.*)$", line)
            if found:
                self._tokens = dict(
                    each.split() for each in pathlib.Path(found.group(1)).read_text().splitlines()
                )
                break
        if self.url is None:
            raise RuntimeError("foray serve did not start")

    def token(self, role):
        return self._tokens[role]

    def kill(self):
        """Ends the server as a power cut would."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self):
        """Ends the server; campaigns can be taken up again from their folders."""
        self._process.terminate()
        status = self._process.wait()
        self._process.stdout.close()
        return status
