#!/usr/bin/python3
"""A complete remote instrument: registers with foray and measures whenever it is asked.

    python3 remote_instrument.py http://127.0.0.1:8377 TOKEN NAME

A campaign uses it with "instrument": {"adapter": "registered", "name": NAME}.
"""
import asyncio
import json
import math
import sys

import websockets


def measure(position, exposure_s):
    """Put your own motors and detector here: move, count, return what was found where."""
    x, y = position["x"], position["y"]
    rate = 900 * math.exp(-((x - 0.3) ** 2 + (y - 0.6) ** 2) / 0.05) + 100
    value = {"value": rate, "variance": rate / exposure_s}
    return {"values": {"rate": value}, "read_back": position, "exposure_s": exposure_s}


async def main(url, token, name):
    done = {}  # what was measured, for the question what became of it after a lost connection
    register = {"jsonrpc": "2.0", "id": 1, "method": "instrument.register", "params": {"name": name}}
    headers = {"Authorization": f"Bearer {token}"}
    async for socket in websockets.connect(url.replace("http", "ws", 1) + "/ws", extra_headers=headers):
        try:
            await socket.send(json.dumps(register))
            async for text in socket:
                message = json.loads(text)
                if "error" in message:
                    sys.exit(message["error"]["message"])
                if message.get("method") not in ("instrument.measure", "instrument.outcome"):
                    continue
                asked = message["params"]
                key = asked["campaign"], asked["measurement"]
                if message["method"] == "instrument.measure":
                    result = done[key] = measure(asked["position"], asked["exposure_s"])
                elif key in done:
                    result = {"state": "done", "result": done[key]}
                else:
                    result = {"state": "not_started"}
                await socket.send(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))
        except websockets.ConnectionClosed:
            continue  # connects again


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
