"""A client of the service as the acquisition function of a campaign (see service_case.py)."""

import asyncio
import json
import os
import subprocess
import sys
import unittest

import websockets

from service_case import NOTEBOOKS, PATIENCE, ServiceTest, campaign

import remote_function


class Functions(ServiceTest):
    """A client of the service as the acquisition function of a campaign."""

    def remote(self, **more):
        return {"kind": "remote", "function": "mine", **more}

    def file(self, **changes):
        plain = {
            "instrument": {"adapter": "function", "function": "sphere"},
            "observables": [{"name": "f", "from": "value:f"}],
            "objective": {"kind": "maximise", "observable": "f"},
            "acquisition": self.remote(),
            "initial": 6,
            "decision_budget_s": 600,
        }
        return campaign(12, **{**plain, **changes})

    def start_function(self):
        script = os.path.join(NOTEBOOKS, "remote_function.py")
        process = subprocess.Popen(
            [sys.executable, script, self.url, self.facts["instrument"], "mine"]
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    async def entries_until(self, client, kind, from_sequence=1):
        entries = []
        async for entry in client.events("plane", from_sequence):
            entries.append(entry)
            if entry["kind"] == kind:
                return entries

    async def test_a_whole_campaign_is_chosen_by_a_script(self):
        self.start_function()
        client = await self.client()
        await client.call("campaign.create", file=self.file(), start=True)
        entries = await asyncio.wait_for(
            self.entries_until(client, "campaign.finished"), PATIENCE
        )
        proposed = [e["body"] for e in entries if e["kind"] == "proposal.made"]
        self.assertEqual([p["acquisition"] for p in proposed[6:]], ["remote"] * 6)
        # The script keeps to the left half; f = sin(3 x) there is largest at x = 0.5.
        self.assertLessEqual(max(p["position"][0] for p in proposed[6:]), 0.5)
        status = await client.call("campaign.status", campaign="plane")
        self.assertGreater(status["best"]["value"], 0.99)
        await client.close()

    async def test_another_function_is_set_midway_and_the_script_again(self):
        self.start_function()
        client = await self.client()
        await client.call("campaign.create", file=self.file(in_flight=0), start=True)
        objective = {"kind": "maximise", "observable": "f"}
        chosen = []
        for k in range(12):
            if k == 8:
                await client.call(
                    "objective.set",
                    campaign="plane",
                    objective=objective,
                    acquisition={"kind": "upper_confidence_bound"},
                )
            if k == 10:
                await client.call(
                    "objective.set", campaign="plane", objective=objective, acquisition=self.remote()
                )
            point = await asyncio.wait_for(client.call("proposal.ask", campaign="plane"), PATIENCE)
            chosen.append(point["acquisition"])
            x, y = point["position"]["x"], point["position"]["y"]
            await client.call(
                "measurement.tell",
                campaign="plane",
                measurement=point["measurement"],
                observables={"f": {"value": x * (1 - x) + 0.1 * y, "variance": 1e-4}},
            )
        self.assertEqual(
            chosen[6:],
            ["remote"] * 2 + ["upper_confidence_bound"] * 2 + ["remote"] * 2,
        )
        await client.close()

    async def test_a_script_that_is_gone_or_wrong_pauses_the_campaign(self):
        client = await self.client()
        file = self.file(acquisition=self.remote(timeout_s=0.2))
        await client.call("campaign.create", file=file, start=True)
        entries = await asyncio.wait_for(self.entries_until(client, "campaign.paused"), PATIENCE)
        self.assertIn("no client is registered for it", entries[-1]["body"]["reason"])
        await client.call(
            "objective.set",
            campaign="plane",
            objective={"kind": "maximise", "observable": "f"},
            acquisition=self.remote(timeout_s=PATIENCE),
        )
        async with self.open("instrument") as connection:
            register = {"jsonrpc": "2.0", "id": 1, "method": "acquisition.register"}
            answer = await self.exchange(
                connection, json.dumps({**register, "params": {"name": "mine"}})
            )
            self.assertEqual(answer["result"]["campaigns"], ["plane"])
            await client.call("campaign.resume", campaign="plane")
            question = json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))
            values = [0.0] * len(question["params"]["points"])
            values[3] = None
            wrong = {"jsonrpc": "2.0", "id": question["id"], "result": {"values": values}}
            await connection.send(json.dumps(wrong))
            more = await asyncio.wait_for(
                self.entries_until(client, "campaign.paused", entries[-1]["sequence"] + 1), PATIENCE
            )
            self.assertIn("/result/values/3: expected a number, got null", more[-1]["body"]["reason"])
            leave = {"jsonrpc": "2.0", "id": 2, "method": "acquisition.unregister"}
            await self.exchange(connection, json.dumps({**leave, "params": {"name": "mine"}}))
        self.start_function()
        await client.call("campaign.resume", campaign="plane")
        await asyncio.wait_for(self.entries_until(client, "campaign.finished"), PATIENCE)
        await client.close()

    async def test_the_script_asks_for_its_name_again_until_its_broken_line_is_noticed(self):
        lines, again = [], asyncio.Event()

        async def service(connection):
            lines.append(connection)
            asked = json.loads(await connection.recv())
            if len(lines) == 2:
                error = {"code": -32004, "message": "another client is registered as mine"}
                await connection.send(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}))
                self.assertEqual(json.loads(await connection.recv()), asked)
                again.set()
            await connection.send(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}))

        async with websockets.serve(service, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            script = asyncio.create_task(remote_function.main(f"http://127.0.0.1:{port}", "", "mine"))
            waiting = asyncio.create_task(again.wait())
            await asyncio.wait(
                [script, waiting], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
            )
            self.assertTrue(again.is_set())
            script.cancel()
            waiting.cancel()


if __name__ == "__main__":
    unittest.main(verbosity=2)
