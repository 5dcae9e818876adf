"""`foray serve` from outside: run folders, tokens, ending and starting again.

Run by ctest with FORAY_BIN set to the program and FORAY_NOTEBOOKS to the folder of foray_client.py.
"""

import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

NOTEBOOKS = os.environ["FORAY_NOTEBOOKS"]
sys.path.insert(0, NOTEBOOKS)
from foray_client import Client, ForayError, Server  # noqa: E402


def campaign(measurements=8, **changes):
    file = {
        "campaign": "line",
        "seed": 3,
        "parameters": [{"name": "x", "range": [0, 1]}, {"name": "y", "range": [0, 1]}],
        "instrument": {"adapter": "function", "function": "sphere"},
        "observables": [{"name": "f", "from": "value:f"}],
        "objective": {"kind": "explore", "observable": "f"},
        "budget": {"measurements": measurements},
    }
    return {**file, **changes}


def start_function(server):
    script = os.path.join(NOTEBOOKS, "remote_function.py")
    return subprocess.Popen([sys.executable, script, server.url, server.token("instrument"), "mine"])


async def until(client, name, kind):
    kinds = []
    async for entry in client.events(name):
        kinds.append(entry["kind"])
        if entry["kind"] == kind:
            return kinds


class Serve(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.runs = pathlib.Path(self.scratch.name) / "runs"

    async def start(self, folder=None):
        server = Server(folder or self.runs)
        self.addCleanup(server.kill)
        return server, await Client.connect(server.url, server.token("operator"))

    async def test_a_campaign_leaves_a_run_folder(self):
        server, client = await self.start()
        created = await client.call("campaign.create", file=campaign(), start=True)
        self.assertEqual(created["campaign"], "line")
        await until(client, "line", "campaign.finished")
        again = await client.call("campaign.create", file=campaign())
        self.assertEqual(again["campaign"], "line-2")
        await client.close()
        self.assertEqual(server.stop(), 0)
        for name in ("journal.sqlite", "campaign.json", "report.html", "summary.json"):
            self.assertTrue((self.runs / "line" / name).exists(), name)

    async def test_tokens_are_for_their_owner_only(self):
        server, client = await self.start()
        file = self.runs / ".token"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        token = server.token("operator")
        await client.close()
        server.stop()
        server, client = await self.start()
        self.assertEqual(server.token("operator"), token)
        await client.close()
        server.stop()
        file.chmod(0o644)
        ended = subprocess.run(
            [os.environ["FORAY_BIN"], "serve", "--folder", str(self.runs), "--port", "0"],
            capture_output=True,
            text=True,
        )
        self.assertEqual(ended.returncode, 2)
        self.assertIn("0600", ended.stderr)
        self.assertNotIn(token, ended.stdout + ended.stderr)

    async def test_a_campaign_is_taken_up_again_after_the_server_was_killed(self):
        server, client = await self.start()
        slow = campaign(
            12,
            instrument={
                "adapter": "function",
                "function": "sphere",
                "time": "real",
                "time_scale": 0.05,
            },
        )
        await client.call("campaign.create", file=slow, start=True)
        measured = 0
        async for entry in client.events("line"):
            measured += entry["kind"] == "measure.scored"
            if measured == 4:
                break
        server.kill()
        await client.close()

        server, client = await self.start()
        listed = (await client.call("campaign.list"))["campaigns"]
        self.assertEqual([(c["campaign"], c["open"]) for c in listed], [("line", False)])
        self.assertGreaterEqual(listed[0]["measured"], 4)
        with self.assertRaises(ForayError):
            await client.call("proposal.ask", campaign="line")
        await client.call("campaign.resume", campaign="line")
        kinds = await until(client, "line", "campaign.finished")
        self.assertEqual(kinds.count("measure.scored"), 12)
        self.assertEqual(kinds.count("campaign.reopened"), 1)
        await client.close()
        server.stop()

    async def test_a_campaign_that_a_client_chooses_for_goes_on_after_the_server_was_killed(self):
        remote = campaign(
            12,
            objective={"kind": "minimise", "observable": "f"},
            acquisition={"kind": "remote", "function": "mine"},
            decision_budget_s=600,
        )
        chosen = []
        for killed in (False, True):
            folder = self.runs / str(killed)
            server, client = await self.start(folder)
            function = start_function(server)
            await client.call("campaign.create", file=remote, start=True)
            if killed:
                async for entry in client.events("line"):
                    if entry["kind"] == "proposal.made" and entry["body"]["id"] == 9:
                        break
                server.kill()
                await client.close()
                function.kill()
                function.wait()
                server, client = await self.start(folder)
                function = start_function(server)
                await client.call("campaign.resume", campaign="line")
            positions = []
            async for entry in client.events("line"):
                if entry["kind"] == "proposal.made":
                    positions.append((entry["body"]["acquisition"], entry["body"]["position"]))
                if entry["kind"] == "campaign.finished":
                    break
            self.assertEqual([by for by, _ in positions[6:]], ["remote"] * 6)
            chosen.append(positions)
            await client.close()
            server.stop()
            function.kill()
            function.wait()
        self.assertEqual(chosen[0], chosen[1])

    async def test_what_would_harm_this_machine_is_refused(self):
        server, client = await self.start()
        for instrument in (
            {"adapter": "process", "command": ["/bin/true"]},
            {"adapter": "function", "function": "sphere", "log_file": "/tmp/elsewhere"},
            {"adapter": "function", "function": "sphere", "log_file": "../elsewhere"},
        ):
            with self.assertRaises(ForayError) as caught:
                await client.call("campaign.create", file=campaign(instrument=instrument))
            self.assertEqual(caught.exception.code, -32602, instrument)
        for reference in ("/etc/hostname", "../elsewhere.h5", "a/../../elsewhere.h5"):
            observables = [{"name": "f", "from": f"distance:{reference}"}]
            with self.assertRaises(ForayError) as caught:
                await client.call("campaign.create", file=campaign(observables=observables))
            self.assertEqual(caught.exception.code, -32602, reference)
            self.assertIn("/params/file/observables/0/from: expected a file within the run folder",
                          str(caught.exception))
        with self.assertRaises(ForayError) as caught:
            await client.call("campaign.create",
                              file=campaign(scorer={"classifier": "../elsewhere.weights"}))
        self.assertIn("/params/file/scorer/classifier: expected a full name or a file within",
                      str(caught.exception))
        with self.assertRaises(ForayError):
            await client.call("campaign.create", file=campaign(campaign="../../up"))
        created = await client.call("campaign.create", file=campaign(campaign="a name.with spaces"))
        self.assertEqual(created["campaign"], "a_name.with_spaces")
        self.assertTrue((self.runs / "a_name.with_spaces" / "journal.sqlite").exists())
        await client.close()
        server.stop()

    async def test_weights_that_hold_a_program_are_refused(self):
        data = pathlib.Path(__file__).parents[1] / "data" / "classifier"
        weights = pathlib.Path(self.scratch.name) / "mine.weights"
        trained = subprocess.run(
            [os.environ["FORAY_BIN"], "train", "--frames", "100", "--epochs", "1", "--members", "1",
             "--trunk", str(data / "encoder.pt"), "--trunk-side", "64", "--out", str(weights)],
            capture_output=True,
            text=True,
        )
        if "built without" in trained.stderr:
            self.skipTest("this program was built without LibTorch")
        self.assertEqual(trained.returncode, 0, trained.stderr)
        file = campaign(
            2,
            instrument={"adapter": "simulator", "sample": "film_library"},
            scorer={"classifier": str(weights)},
            observables=[{"name": "f", "from": "peak:first/d", "unit": "nm"}],
        )
        refused = "/scorer/classifier: the service runs no networks of others"
        server, client = await self.start()
        with self.assertRaises(ForayError) as caught:
            await client.call("campaign.create", file=file)
        self.assertIn("/params/file" + refused, str(caught.exception))
        self.assertFalse((self.runs / "line").exists())
        # A person at this machine may run it; the service does not take it up.
        written = pathlib.Path(self.scratch.name) / "line.json"
        written.write_text(json.dumps(file))
        ran = subprocess.run(
            [os.environ["FORAY_BIN"], "run", str(written), "--out", str(self.runs / "theirs")],
            capture_output=True,
            text=True,
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        # Nor one of its own whose file names other weights since.
        plain = await client.call("campaign.create", file={**file, "scorer": {"classifier": "none"}})
        self.assertEqual(plain["campaign"], "line")
        await client.close()
        server.stop()
        (self.runs / "line" / "kept.weights").write_bytes(weights.read_bytes())
        text = (self.runs / "line" / "campaign.json").read_text()
        self.assertIn('"classifier": "none"', text)
        (self.runs / "line" / "campaign.json").write_text(
            text.replace('"classifier": "none"', '"classifier": "kept.weights"'))
        server, client = await self.start()
        for name in ("theirs", "line"):
            with self.assertRaises(ForayError) as caught:
                await client.call("campaign.resume", campaign=name)
            self.assertIn(f"{name}/campaign.json: {refused}", str(caught.exception))
        await client.close()
        server.stop()

    async def test_a_taken_port_is_named(self):
        server, client = await self.start()
        port = server.url.rsplit(":", 1)[1]
        ended = subprocess.run(
            [os.environ["FORAY_BIN"], "serve", "--folder", str(self.runs / "b"), "--port", port],
            capture_output=True,
            text=True,
        )
        self.assertEqual(ended.returncode, 1)
        self.assertIn(port, ended.stderr)
        await client.close()
        server.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
