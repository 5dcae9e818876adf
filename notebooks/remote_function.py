#!/usr/bin/python3
"""A complete acquisition function of one's own: registers with foray and says how much each point
is worth whenever it is asked.

    python3 remote_function.py http://127.0.0.1:8377 TOKEN NAME

A campaign uses it with "acquisition": {"kind": "remote", "function": NAME}.
"""
import asyncio
import json
import sys

import websockets

CONFLICT = -32004  # the name is taken


def worth(point, models):
    """Put your own formula here; the largest is measured. `models` has mu and sigma of every
    observable, on the scale that its surrogate learns."""
    if point["x"] > 0.5:  # this half is kept for others
        return -1e6
    return sum(model["mu"] + 1.5 * model["sigma"] for model in models.values())


def evaluate(asked):
    values = []
    for j, point in enumerate(asked["points"]):
        models = {
            name: {"mu": model["mu"][j], "sigma": model["sigma"][j]}
            for name, model in asked["models"].items()
        }
        values.append(worth(dict(zip(asked["parameters"], point)), models))
    return {"values": values}


async def main(url, token, name):
    register = {"jsonrpc": "2.0", "id": 1, "method": "acquisition.register", "params": {"name": name}}
    headers = {"Authorization": f"Bearer {token}"}
    registered = False
    async for socket in websockets.connect(url.replace("http", "ws", 1) + "/ws", extra_headers=headers):
        try:
            await socket.send(json.dumps(register))
            async for text in socket:
                message = json.loads(text)
                if "error" in message:
                    if not registered or message["error"]["code"] != CONFLICT:
                        sys.exit(message["error"]["message"])
                    # The service has not noticed yet that the line to this client had broken.
                    await asyncio.sleep(1)
                    await socket.send(json.dumps(register))
                registered = registered or "result" in message
                if message.get("method") != "acquisition.evaluate":
                    continue
                answer = {"jsonrpc": "2.0", "id": message["id"], "result": evaluate(message["params"])}
                await socket.send(json.dumps(answer, allow_nan=False))
        except websockets.ConnectionClosed:
            continue  # connects again


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
