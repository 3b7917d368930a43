"""A WHIP endpoint for the tests: takes one publisher at a time and tells as JSON lines what it decoded.

Arguments: PORT TOKEN. Line by line on stdout: "listening", each request's answer, "connected", every second what came so
far, and "deleted". A GET of /drop ends the connection from this side.
"""

import asyncio
import json
import sys

import aioice.ice
from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

# Everything stays on this machine, and the library leaves out its own loopback address otherwise.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

PORT, TOKEN = int(sys.argv[1]), sys.argv[2]


def tell(**line):
    print(json.dumps(line), flush=True)


class Publisher:
    def __init__(self):
        self.connection = RTCPeerConnection()
        self.seen = {"pictures": 0, "width": 0, "height": 0, "sound_s": 0.0, "crossings": 0, "loudest": 0}
        self.last_sample = 0
        self.tasks = []
        self.connection.on("track", self.track)
        self.connection.on("connectionstatechange", self.changed)

    def changed(self):
        tell(event=self.connection.connectionState)

    def track(self, track):
        self.tasks.append(asyncio.ensure_future(self.take(track)))

    async def take(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.seen["pictures"] += 1
                    self.seen["width"], self.seen["height"] = frame.width, frame.height
                else:
                    self.hear(frame)
        except MediaStreamError:
            pass

    def hear(self, frame):
        left = frame.to_ndarray()[0][:: len(frame.layout.channels)].tolist()
        self.seen["sound_s"] += len(left) / frame.sample_rate
        self.seen["loudest"] = max(self.seen["loudest"], max(abs(sample) for sample in left))
        for sample in left:
            self.seen["crossings"] += int((self.last_sample < 0) != (sample < 0))
            self.last_sample = sample

    async def end(self):
        for task in self.tasks:
            task.cancel()
        await self.connection.close()


publishers = {}


async def publish(request):
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        tell(event="refused")
        return web.Response(status=401)
    if request.content_type != "application/sdp":
        return web.Response(status=415)
    publisher = Publisher()
    name = str(len(publishers) + 1)
    publishers[name] = publisher
    offer = RTCSessionDescription(sdp=await request.text(), type="offer")
    await publisher.connection.setRemoteDescription(offer)
    await publisher.connection.setLocalDescription(await publisher.connection.createAnswer())
    tell(event="answered", offer=offer.sdp)
    answer = publisher.connection.localDescription.sdp
    return web.Response(status=201, text=answer, content_type="application/sdp", headers={"Location": f"/session/{name}"})


async def moved(request):
    return web.Response(status=307, headers={"Location": "/whip"})


async def delete(request):
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return web.Response(status=401)
    publisher = publishers[request.match_info["name"]]
    tell(event="deleted", seen=publisher.seen)
    await publisher.end()
    return web.Response()


async def drop(request):
    for publisher in publishers.values():
        await publisher.end()
    return web.Response()


async def main():
    app = web.Application()
    app.add_routes(
        [
            web.post("/whip", publish),
            web.post("/moved", moved),
            web.delete("/session/{name}", delete),
            web.get("/drop", drop),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    tell(event="listening")
    while True:
        await asyncio.sleep(1)
        for name, publisher in publishers.items():
            tell(event="seen", name=name, seen=publisher.seen)


asyncio.run(main())
