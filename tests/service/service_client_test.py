"""The service as an independent client sees it (see service_case.py)."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import websockets

from service_case import NOTEBOOKS, PATIENCE, ServiceTest, campaign

from foray_client import ForayError


class Handshake(ServiceTest):
    async def test_a_wrong_token_is_refused(self):
        headers = {"Authorization": "Bearer " + "0" * 64}
        self.assertEqual(await self.refused_with(extra_headers=headers), 401)

    async def test_foreign_origins_are_refused_even_with_a_token(self):
        headers = {"Authorization": f"Bearer {self.facts['operator']}"}
        foreign = ["http://evil.example", "null", self.url + ".evil.example", "https" + self.url[4:]]
        for origin in foreign:
            status = await self.refused_with(extra_headers=headers, origin=origin)
            self.assertEqual(status, 403, origin)

    async def test_the_own_origin_is_taken(self):
        async with websockets.connect(self.address, origin=self.url) as connection:
            hello = await self.exchange(
                connection,
                json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "id": 1,
                        "method": "session.hello",
                        "params": {"token": self.facts["viewer"]},
                    }
                ),
            )
        self.assertEqual(hello["result"]["role"], "viewer")

    async def test_a_foreign_host_is_refused(self):
        # The way of DNS rebinding: a foreign name that leads to this address.
        for host in ("evil.example", f"evil.example:{self.port}", "127.0.0.1"):
            request = urllib.request.Request(self.url + "/health", headers={"Host": host})
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=PATIENCE)
            self.assertEqual(caught.exception.code, 403, host)
            caught.exception.close()

    async def test_health_needs_no_token(self):
        with urllib.request.urlopen(self.url + "/health", timeout=PATIENCE) as answer:
            self.assertEqual(json.load(answer), {"status": "ok"})

    async def test_nothing_is_told_before_hello(self):
        async with self.open(role=None) as connection:
            answer = await self.exchange(
                connection, '{"jsonrpc":"2.0","id":1,"method":"campaign.list"}'
            )
            self.assertEqual(answer["error"]["code"], -32000)

    async def test_a_wrong_hello_ends_the_connection(self):
        async with self.open(role=None) as connection:
            answer = await self.exchange(
                connection,
                '{"jsonrpc":"2.0","id":1,"method":"session.hello","params":{"token":"x"}}',
            )
            self.assertEqual(answer["error"]["code"], -32000)
            with self.assertRaises(websockets.ConnectionClosed):
                await asyncio.wait_for(connection.recv(), PATIENCE)
            self.assertEqual(connection.close_code, 1008)

    async def test_the_printed_address_works_once(self):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        opener = urllib.request.build_opener(Stay)
        statuses = []
        for _ in range(2):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                opener.open(self.facts["invitation"], timeout=PATIENCE)
            statuses.append(caught.exception.code)
            caught.exception.close()
        self.assertEqual(statuses, [303, 403])


class Messages(ServiceTest):
    async def test_what_is_no_request_is_told_from_what_is_no_json(self):
        cases = {
            "nonsense": -32700,
            '{"a":1,"a":2}': -32700,
            "[" * 500_000: -32700,
            "[" * 500_000 + "]" * 499_000: -32700,
            "[]": -32600,
            '[{"jsonrpc":"2.0","id":1,"method":"campaign.list"}]': -32600,
            '{"jsonrpc":"2.0","id":1.5,"method":"campaign.list"}': -32600,
            '{"jsonrpc":"2.0","id":1,"method":"campaign.lits"}': -32601,
            '{"jsonrpc":"2.0","id":1,"method":"campaign.status","params":[1]}': -32602,
            '{"jsonrpc":"2.0","id":1,"method":"campaign.status","params":{"campaign":1}}': -32602,
            '{"jsonrpc":"2.0","id":1,"method":"campaign.status","params":{"campaign":"no"}}': -32002,
        }
        async with self.open() as connection:
            for text, code in cases.items():
                answer = await self.exchange(connection, text)
                self.assertEqual(answer["error"]["code"], code, text[:80])

    async def test_a_million_nested_arrays_do_no_harm(self):
        async with self.open() as connection:
            for _ in range(20):
                answer = await self.exchange(connection, "[" * 999_999)
                self.assertEqual(answer["error"]["code"], -32700)
        nested = '{"jsonrpc":"2.0","id":1,"method":' + "[" * 400_000 + "]" * 400_000 + "}"
        async with self.open() as connection:
            self.assertEqual((await self.exchange(connection, nested))["error"]["code"], -32700)

    async def test_a_message_that_is_too_long_ends_its_connection_only(self):
        async with self.open() as other:
            connection = await self.open()
            with self.assertRaises(websockets.ConnectionClosed):
                await connection.send("x" * 1_000_001)
                await asyncio.wait_for(connection.recv(), PATIENCE)
            answer = await self.exchange(
                other, '{"jsonrpc":"2.0","id":1,"method":"campaign.list"}'
            )
            self.assertEqual(answer["result"], {"campaigns": []})

    async def test_wrong_params_are_named_by_their_path(self):
        client = await self.client()
        file = campaign()
        file["parameters"][1]["range"] = [1, 0]
        with self.assertRaises(ForayError) as caught:
            await client.call("campaign.create", file=file)
        self.assertEqual(caught.exception.code, -32602)
        self.assertIn("/params/file/parameters/1/range", str(caught.exception))
        await client.close()

    async def test_fragments_are_joined(self):
        async with self.open() as connection:
            text = '{"jsonrpc":"2.0","id":"a","method":"campaign.list"}'
            await connection.send(iter([text[:10], text[10:11], "", text[11:]]))
            answer = json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))
            self.assertEqual(answer["id"], "a")

    async def test_a_client_that_never_reads_is_closed(self):
        # A socket of our own, so that nothing is read behind our back.
        raw = socket.create_connection(("127.0.0.1", self.port))
        raw.sendall(
            (
                f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {'A' * 22}==\r\n"
                f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {self.facts['viewer']}\r\n\r\n"
            ).encode()
        )
        self.assertIn(b"101", raw.recv(4096))
        text = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}'
        frame = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text

        def ask_until_cut():
            with self.assertRaises((ConnectionResetError, BrokenPipeError, socket.timeout)):
                raw.settimeout(PATIENCE)
                while True:
                    raw.sendall(frame)

        await asyncio.get_running_loop().run_in_executor(None, ask_until_cut)
        raw.close()
        async with self.open() as connection:
            answer = await self.exchange(
                connection, '{"jsonrpc":"2.0","id":1,"method":"campaign.list"}'
            )
            self.assertIn("result", answer)

    async def test_the_description_lists_each_method_with_its_schema(self):
        client = await self.client("viewer")
        document = await client.call("rpc.discover")
        names = [method["name"] for method in document["methods"]]
        self.assertIn("objective.set", names)
        for method in document["methods"]:
            self.assertTrue(method["summary"], method["name"])
            self.assertIn("schema", method["result"])
            for param in method["params"]:
                self.assertIn("schema", param)
        await client.close()

    async def test_twenty_clients_are_served_at_once(self):
        async def work():
            client = await self.client("viewer")
            answers = [await client.call("campaign.list") for _ in range(10)]
            await client.close()
            return len(answers)

        counts = await asyncio.gather(*(work() for _ in range(20)))
        self.assertEqual(sum(counts), 200)


class Campaigns(ServiceTest):
    async def test_a_reader_that_comes_back_misses_nothing(self):
        writer = await self.client()
        await writer.call("campaign.create", file=campaign(1000, in_flight=0))
        expected = 1
        for _ in range(5):
            reader = await self.client("viewer")
            for k in range(5):
                await writer.call(
                    "measurement.queue", campaign="plane", position={"x": 0.1 * k, "y": 0.5}
                )
            entries = reader.events("plane", expected)
            for k in range(4):
                entry = await asyncio.wait_for(entries.__anext__(), PATIENCE)
                self.assertEqual(entry["sequence"], expected)
                expected += 1
            await entries.aclose()
            await reader.close()
        await writer.close()

    async def test_a_loop_of_ones_own(self):
        client = await self.client()
        await client.call("campaign.create", file=campaign(7, in_flight=0), start=True)
        for _ in range(7):
            point = await client.call("proposal.ask", campaign="plane")
            x, y = point["position"]["x"], point["position"]["y"]
            await client.call(
                "measurement.tell",
                campaign="plane",
                measurement=point["measurement"],
                observables={"rate": {"value": x - y, "variance": 1e-4}},
            )
        async for entry in client.events("plane"):
            if entry["kind"] == "campaign.finished":
                break
        status = await client.call("campaign.status", campaign="plane")
        self.assertEqual((status["state"], status["measured"]), ("finished", 7))
        await client.close()

    async def test_a_remote_instrument_is_driven_to_the_end_while_the_objective_changes(self):
        instrument = subprocess.Popen(
            [
                sys.executable,
                os.path.join(NOTEBOOKS, "remote_instrument.py"),
                self.url,
                self.facts["instrument"],
                "bench",
            ]
        )
        try:
            client = await self.client()
            await client.call("campaign.create", file=campaign(20), start=True)
            scored = 0
            revision = None
            kinds = []
            async for entry in client.events("plane"):
                kinds.append(entry["kind"])
                scored += entry["kind"] == "measure.scored"
                if scored == 10 and revision is None:
                    answer = await client.call(
                        "objective.set",
                        campaign="plane",
                        objective={"kind": "maximise", "observable": "rate"},
                    )
                    revision = answer["revision"]
                if entry["kind"] == "campaign.finished":
                    break
            self.assertEqual(scored, 20)
            self.assertEqual(kinds[revision - 1], "objective.set")
            self.assertNotIn("measure.failed", kinds)
            status = await client.call("campaign.status", campaign="plane")
            self.assertEqual(status["objective"]["kind"], "maximise")
            self.assertEqual(status["objective_revision"], revision)
            self.assertGreater(status["best"]["value"], 100)
            prediction = await client.call(
                "model.predict",
                campaign="plane",
                observable="rate",
                points=[{"x": 0.3, "y": 0.6}, {"x": 0.95, "y": 0.05}],
            )
            self.assertGreater(prediction["mean"][0], prediction["mean"][1])
            await client.close()
        finally:
            instrument.terminate()
            instrument.wait()

    async def test_an_instrument_that_is_killed_and_started_again_loses_nothing(self):
        client = await self.client()
        await client.call("campaign.create", file=campaign(6), start=True)

        async def instrument():
            connection = await self.open("instrument")
            await self.exchange(
                connection,
                json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "id": 1,
                        "method": "instrument.register",
                        "params": {"name": "bench", "take_over": True},
                    }
                ),
            )
            return connection, json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))

        async def answer(connection, request, result):
            text = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result})
            await connection.send(text)

        measured = {"values": {"rate": {"value": 5, "variance": 0.1}}}
        connection, request = await instrument()
        self.assertEqual(request["method"], "instrument.measure")
        connection.transport.abort()  # killed after it was asked
        connection, question = await instrument()
        self.assertEqual(question["method"], "instrument.outcome")
        self.assertEqual(question["params"]["measurement"], request["params"]["measurement"])
        await answer(connection, question, {"state": "not_started"})
        for _ in range(6):
            request = json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))
            self.assertEqual(request["method"], "instrument.measure")
            await answer(connection, request, measured)
        kinds = []
        async for entry in client.events("plane"):
            kinds.append(entry["kind"])
            if entry["kind"] == "campaign.finished":
                break
        self.assertEqual(kinds.count("measure.scored"), 6)
        self.assertNotIn("measure.failed", kinds)
        await connection.close()
        await client.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
