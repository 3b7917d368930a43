import { expect, it } from "vitest";
import type { Backend, DestinationView, Failure, GoLive } from "../ipc";
import { Live } from "../shared/state/live.svelte";
import { Notices } from "../shared/state/notices.svelte";
import { Plan } from "./plan.svelte";

const destination = (id: string): DestinationView => ({ id, name: id, url: "rtmp://x", deadline_s: null, one_show: true, delay_ms: 0, canvas: "16:9", rendition: null, primary: false });
const damaged: Failure = { code: "damaged", message: "can't read the database", retryable: false };

/** A studio whose list of destinations fails until it is mended. */
function rig() {
  const started: GoLive[] = [];
  const studio = { broken: true, list: ["a", "b"].map(destination) };
  const backend = {
    destinationsList: () => (studio.broken ? Promise.reject(damaged) : Promise.resolve(studio.list)),
    liveStart: (request: GoLive) => Promise.resolve(void started.push(request)),
  } as Partial<Backend> as Backend;
  const live = new Live(backend, new Notices());
  return { plan: new Plan(backend, live), live, studio, started };
}

it("does not go live to nobody when the destinations can't be read, and says so", async () => {
  const { plan, live, started } = rig();
  await plan.destinations.run();
  await plan.goLive();
  expect(started).toEqual([]);
  expect(live.notices.all.map((one) => one.code)).toEqual(["damaged"]);
  expect(live.starting, "it can be tried again").toBe(false);
});

it("reads the list again before it goes live", async () => {
  const { plan, live, studio, started } = rig();
  await plan.goLive();
  studio.broken = false;
  await plan.goLive();
  expect(started.map((one) => one.destinations)).toEqual([["a", "b"]]);
  expect(live.notices.all).toHaveLength(1);
});

it("trusts no list that could not be read again", async () => {
  const { plan, studio, started } = rig();
  studio.broken = false;
  await plan.destinations.run();
  studio.broken = true;
  await plan.destinations.run();
  await plan.goLive();
  expect(started).toEqual([]);
  studio.broken = false;
  studio.list = [destination("c")];
  await plan.goLive();
  expect(started.map((one) => one.destinations)).toEqual([["c"]]);
});
