"""What tests of the service by an independent client stand on: Python's websockets and the test server.

Run by ctest with FORAY_TEST_SERVER set to the server's program and FORAY_NOTEBOOKS to the folder of
foray_client.py, remote_instrument.py and remote_function.py.
"""

import asyncio
import json
import os
import subprocess
import sys
import unittest

import websockets

NOTEBOOKS = os.environ["FORAY_NOTEBOOKS"]
sys.path.insert(0, NOTEBOOKS)
from foray_client import Client  # noqa: E402

PATIENCE = 60  # seconds; only a failure takes so long


def campaign(measurements=8, **changes):
    file = {
        "campaign": "plane",
        "seed": 3,
        "parameters": [{"name": "x", "range": [0, 1]}, {"name": "y", "range": [0, 1]}],
        "instrument": {"adapter": "registered", "name": "bench"},
        "observables": [{"name": "rate", "from": "value:rate"}],
        "objective": {"kind": "explore", "observable": "rate"},
        "budget": {"measurements": measurements},
    }
    return {**file, **changes}


class ServiceTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = subprocess.Popen(
            [os.environ["FORAY_TEST_SERVER"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = {}
        for line in self.server.stdout:
            if line.strip() == "ready":
                break
            key, value = line.split()
            self.facts[key] = value
        self.url = self.facts["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.address = self.url.replace("http", "ws", 1) + "/ws"

    async def asyncTearDown(self):
        self.server.stdin.close()
        self.assertEqual(self.server.wait(timeout=PATIENCE), 0, "the server did not end well")
        self.server.stdout.close()

    def open(self, role="operator", **headers):
        if role:
            headers["Authorization"] = f"Bearer {self.facts[role]}"
        return websockets.connect(self.address, extra_headers=headers, max_size=None)

    async def client(self, role="operator"):
        return await Client.connect(self.url, self.facts[role], name="test")

    async def exchange(self, connection, text):
        await connection.send(text)
        return json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))

    async def refused_with(self, **headers):
        with self.assertRaises(websockets.InvalidStatusCode) as caught:
            async with websockets.connect(self.address, **headers):
                pass
        return caught.exception.status_code
