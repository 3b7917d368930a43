"""A WHIP endpoint for the tests: takes publishers and tells as JSON lines what it decoded of them.

Arguments: PORT TOKEN [FILE]. A publisher at /whip is taken as it is. The media of one at /narrow is to come through a link of the
caller's: "media" says where it is wanted, and a line on stdin where the link takes it; no other way is told to either side. On
stdout, line by line: "listening", each request's answer, every change of a connection, twice a
second what came so far, and "deleted". The last picture goes to FILE as PPM when a publisher leaves.
"""

import asyncio
import json
import re
import sys

from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

PORT, TOKEN = int(sys.argv[1]), sys.argv[2]
FILE = sys.argv[3] if len(sys.argv) > 3 else None


# An address that media is taken at, in a session description.
HOST = re.compile(r"(a=candidate:\S+ \d \w+ \d+ )(\S+) (\d+)( typ host)")


def tell(**line):
    print(json.dumps(line), flush=True)


class Publisher:
    def __init__(self):
        self.connection = RTCPeerConnection()
        self.seen = {"pictures": 0, "first": None, "last": None, "gap": 0.0, "width": 0, "sound_s": 0.0, "crossings": 0, "loudest": 0}
        self.last_sample = 0
        self.picture = None
        self.tasks = []
        self.connection.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self.take(track))))
        self.connection.on("connectionstatechange", lambda: tell(event=self.connection.connectionState))

    async def take(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.look(frame)
                else:
                    self.hear(frame)
        except MediaStreamError:
            pass

    def look(self, frame):
        self.picture = frame
        self.seen["pictures"] += 1
        self.seen["width"] = frame.width
        now = float(frame.pts * frame.time_base)
        if self.seen["first"] is None:
            self.seen["first"] = now
        else:
            self.seen["gap"] = max(self.seen["gap"], now - self.seen["last"])
        self.seen["last"] = now

    def hear(self, frame):
        left = frame.to_ndarray()[0][:: len(frame.layout.channels)].tolist()
        self.seen["sound_s"] += len(left) / frame.sample_rate
        self.seen["loudest"] = max(self.seen["loudest"], max(abs(sample) for sample in left))
        for sample in left:
            self.seen["crossings"] += int((self.last_sample < 0) != (sample < 0))
            self.last_sample = sample

    async def end(self):
        if self.picture and FILE:
            rgb = self.picture.to_ndarray(format="rgb24")
            with open(FILE, "wb") as file:
                file.write(b"P6 %d %d 255\n" % (self.picture.width, self.picture.height) + rgb.tobytes())
        for task in self.tasks:
            task.cancel()
        await self.connection.close()


publishers = {}


def allowed(request):
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


async def publish(request):
    if not allowed(request):
        tell(event="refused")
        return web.Response(status=401)
    if request.content_type != "application/sdp":
        return web.Response(status=415)
    publisher = Publisher()
    name = str(len(publishers) + 1)
    publishers[name] = publisher
    text = await request.text()
    narrow = request.path == "/narrow"
    if narrow:
        # Nobody answers there: what comes is answered where it came from.
        text = HOST.sub(r"\g<1>127.0.0.1 9\g<4>", text)
    offer = RTCSessionDescription(sdp=text, type="offer")
    await publisher.connection.setRemoteDescription(offer)
    await publisher.connection.setLocalDescription(await publisher.connection.createAnswer())
    answer = publisher.connection.localDescription.sdp
    if narrow:
        _, address, port, _ = HOST.search(answer).groups()
        tell(event="media", address=address, port=int(port))
        link = (await asyncio.get_event_loop().run_in_executor(None, sys.stdin.readline)).strip()
        lines = [line for line in answer.splitlines() if not (line.startswith("a=candidate") and f" {address} {port} " not in line)]
        answer = HOST.sub(lambda found: found[1] + link + found[4], "\r\n".join(lines) + "\r\n")
    tell(event="answered", offer=offer.sdp, answer=answer)
    return web.Response(status=201, text=answer, content_type="application/sdp", headers={"Location": f"/session/{name}"})


async def moved(request):
    return web.Response(status=307, headers={"Location": "/whip"})


async def delete(request):
    publisher = publishers.pop(request.match_info["name"], None)
    if publisher is None or not allowed(request):
        return web.Response(status=404)
    tell(event="deleted", seen=publisher.seen)
    await publisher.end()
    return web.Response()


async def main():
    app = web.Application()
    routes = [web.post("/whip", publish), web.post("/narrow", publish), web.post("/moved", moved), web.delete("/session/{name}", delete)]
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    tell(event="listening")
    while True:
        await asyncio.sleep(0.5)
        for publisher in publishers.values():
            tell(event="seen", seen=publisher.seen)


asyncio.run(main())
