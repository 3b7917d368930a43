import { expect, it } from "vitest";
import type { DestinationView } from "../../ipc";
import { added, changed, draftOf, ready, toCamera } from "./destination";

const stored = (change: Partial<DestinationView> = {}): DestinationView => ({ id: "1", name: "快手", url: "rtmp://a/live/••••", deadline_s: 60, one_show: false, delay_ms: 1_500, canvas: "9:16", rendition: "360p", primary: true, ...change });

it("changes nothing of a stored destination that is opened and saved", () => {
  const table: Partial<DestinationView>[] = [{}, { one_show: true }, { deadline_s: null, one_show: true }, { deadline_s: null, one_show: false }, { delay_ms: 0, rendition: null, canvas: "16:9", primary: false }];
  for (const change of table) {
    const before = stored(change);
    const { id: _id, name: _name, ...kept } = { ...before, url: null };
    expect(changed(draftOf(before), before), JSON.stringify(change)).toEqual(kept);
  }
});

it("changes what was typed, and the address only where one was", () => {
  const before = stored();
  const draft = { ...draftOf(before), deadline: 90, keepsAddress: false, delay: 3, rendition: "" as const };
  expect(changed(draft, before)).toEqual({ url: null, deadline_s: 90, one_show: true, delay_ms: 3_000, canvas: "9:16", rendition: null, primary: true });
  expect(changed({ ...draft, url: " rtmp://a/live/new " }, before).url).toBe("rtmp://a/live/new");
  expect(changed({ ...draft, url: "https://a/whip", token: "abc" }, before).url).toBe("https://abc@a/whip");
  expect(changed({ ...draft, token: "abc" }, before).url, "a token alone is no address").toBeNull();
});

it("is complete with a name and an address, which a stored one has", () => {
  const [none, before] = [null, stored()];
  const table: [string, string, DestinationView | null, boolean][] = [
    ["", "", none, false],
    ["Web", "", none, false],
    ["", "rtmp://a/b", none, false],
    ["Web", "rtmp://a/b", none, true],
    ["Web", "ftp://a/b", none, false],
    ["Web", "", before, true],
    ["Web", " ", before, true],
    ["Web", "ftp://a/b", before, false],
    ["Web", "srt://a:9000", before, true],
  ];
  for (const [name, url, of, want] of table) expect(ready({ ...draftOf(of), name, url }, of), `${name} ${url}`).toBe(want);
});

it("makes no camera the primary destination, whether its address was typed or stays", () => {
  const camera = stored({ url: "virtual-camera:Hawker" });
  const draft = { ...draftOf(null), name: " Web ", url: "rtmp://a/live/k", primary: true };
  expect(added(draft)).toEqual({ name: "Web", url: "rtmp://a/live/k", deadline_s: null, one_show: true, delay_ms: 0, canvas: "16:9", rendition: null, primary: true });
  expect(added({ ...draft, url: "virtual-camera:Hawker" }).primary).toBe(false);
  expect([toCamera(draftOf(camera), camera), changed(draftOf(camera), camera).primary]).toEqual([true, false]);
  expect(toCamera({ ...draftOf(camera), url: "rtmp://a/b" }, camera)).toBe(false);
});
