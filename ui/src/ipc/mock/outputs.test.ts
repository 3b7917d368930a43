import { expect, it } from "vitest";
import type { DestinationView } from "../bindings";
import { MockDestinations } from "./destinations";
import { startDestinations } from "./office";
import { CONNECTS_S, MockOutputs, PLATFORM, destinationCalls } from "./outputs";
import { troubleOf } from "./trouble";

const [FIRST, SECOND] = startDestinations("en").map((one) => one.id) as [string, string];

/** A show that began long ago with its first destination, and a hand on its clock. */
function rig(scene = "live", to = [FIRST]) {
  const stored = new MockDestinations(startDestinations("en"));
  const show = { running: true, t: 600, outputs: new MockOutputs(stored, troubleOf(scene)) };
  show.outputs.begin(to);
  const seen = () => Object.fromEntries(show.outputs.views(show.t).map((one) => [one.name, one.why_code ?? one.state]));
  return { show, seen, calls: destinationCalls(show, stored), later: () => void (show.t += CONNECTS_S) };
}

const wayOf = ({ deadline_s, one_show, delay_ms, canvas, rendition, primary }: DestinationView) => ({ deadline_s, one_show, delay_ms, canvas, rendition, primary });
const way = wayOf(startDestinations("en")[1]!);

it("goes to one more, ends it and goes there anew, and the others go on", async () => {
  const { calls, seen, later } = rig();
  expect(seen()).toEqual({ Taobao: "live", hawker: "live" });
  await calls.showPublish(SECOND);
  expect(seen()).toEqual({ Taobao: "live", hawker: "live", Kuaishou: "connecting" });
  later();
  expect(seen().Kuaishou).toBe("live");
  await calls.showUnpublish(SECOND);
  expect(seen(), "the row stays").toEqual({ Taobao: "live", hawker: "live", Kuaishou: "ended" });
  await calls.showPublish(SECOND);
  expect(seen().Kuaishou).toBe("connecting");
  await calls.showUnpublish(PLATFORM.id);
  await calls.showPublish(PLATFORM.id);
  expect(seen().hawker, "the platform's own is stored nowhere").toBe("connecting");
});

it("lets a new address take over at once where the show goes there or failed to, and not where it was ended", async () => {
  const { calls, seen, later } = rig("room-closed", [FIRST, SECOND]);
  expect(seen().Kuaishou).toBe("room_closed");
  await calls.showPublish(SECOND);
  later();
  expect(seen().Kuaishou, "the same address is as closed as before").toBe("room_closed");
  expect((await calls.destinationChange(SECOND, { ...way, url: "rtmp://push.example.cn/live/wrong" })).url).toBe("rtmp://push.example.cn/live/••••");
  expect(seen().Kuaishou).toBe("connecting");
  later();
  expect(seen().Kuaishou).toBe("key_refused");
  await calls.destinationChange(SECOND, { ...way, url: "rtmp://push.example.cn/live/new" });
  later();
  expect(seen().Kuaishou).toBe("live");
  await calls.destinationChange(SECOND, { ...way, url: null, primary: true });
  expect(seen().Kuaishou, "only who decides the bitrate").toBe("live");
  await calls.destinationChange(SECOND, { ...way, url: null, delay_ms: 0 });
  expect(seen().Kuaishou).toBe("connecting");
  await calls.showUnpublish(SECOND);
  await calls.destinationChange(SECOND, { ...way, url: null });
  expect(seen().Kuaishou).toBe("ended");
});

it("has one primary destination for each picture, and keeps an address that is not typed again", async () => {
  const { calls } = rig();
  const changed = await calls.destinationChange(SECOND, { ...way, canvas: "16:9", rendition: null, primary: true, url: null });
  expect(changed).toMatchObject({ url: "rtmp://push.example.cn/live/••••", primary: true, canvas: "16:9" });
  expect((await calls.destinationSetPrimary(FIRST, true)).primary).toBe(true);
  const again = await calls.destinationChange(SECOND, { ...way, canvas: "16:9", rendition: null, url: null });
  expect(again.primary).toBe(false);
});

it("says what can't be done", async () => {
  const { calls, show } = rig();
  await expect(calls.showPublish("x")).rejects.toMatchObject({ code: "not_found" });
  await expect(calls.showUnpublish(SECOND), "the show does not go there").rejects.toMatchObject({ code: "not_found" });
  await expect(calls.destinationChange("x", { ...way, url: null })).rejects.toMatchObject({ code: "not_found" });
  show.running = false;
  await expect(calls.showPublish(FIRST)).rejects.toMatchObject({ code: "not_live" });
  await expect(calls.showUnpublish(FIRST)).rejects.toMatchObject({ code: "not_live" });
});
