import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Player, type PlayerState } from "./player";

/** Players as mpegts.js makes them, with the events told by hand. */
const made: { on(name: string, listener: (...args: unknown[]) => void): void; tell(name: string, ...args: unknown[]): void; destroyed: number }[] = [];

vi.mock("mpegts.js", () => {
  const createPlayer = () => {
    const listeners = new Map<string, (...args: unknown[]) => void>();
    const player = {
      destroyed: 0,
      on: (name: string, listener: (...args: unknown[]) => void) => void listeners.set(name, listener),
      tell: (name: string, ...args: unknown[]) => listeners.get(name)?.(...args),
      attachMediaElement: () => {},
      load: () => {},
      destroy: () => void (player.destroyed += 1),
    };
    made.push(player);
    return player;
  };
  const Events = { METADATA_ARRIVED: "metadata", ERROR: "error", LOADING_COMPLETE: "complete" };
  return { default: { isSupported: () => true, LoggingControl: {}, createPlayer, Events } };
});

beforeEach(() => {
  made.length = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

async function start() {
  const states: PlayerState[] = [];
  const video = { play: () => Promise.resolve(), buffered: { length: 0 } } as unknown as HTMLVideoElement;
  const player = new Player(video, "/live/a.flv", { state: (state) => states.push(state), behind: () => {} });
  await player.start();
  return { player, states };
}

const running = () => made.filter((one) => one.destroyed === 0).length;

test("a stream that fails and ends in one breath leaves one player", async () => {
  const { player } = await start();
  made[0]?.tell("error", "network", "x", { code: 500 });
  made[0]?.tell("complete");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(made).toHaveLength(2);
  expect(running()).toBe(1);
  expect(made[0]?.destroyed, "once").toBe(1);
  player.close();
  expect(running()).toBe(0);
});

test("a late word of a player that is gone is not heard", async () => {
  const { player, states } = await start();
  made[0]?.tell("error", "network", "x", { code: 404 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect([made.length, states.at(-1)]).toEqual([2, "waiting"]);
  made[0]?.tell("complete");
  await vi.advanceTimersByTimeAsync(20_000);
  expect([made.length, running()]).toEqual([2, 1]);
  player.close();
});

test("hurrying while a try is due makes one player, and a running one stays", async () => {
  const { player } = await start();
  player.hurry();
  expect(made).toHaveLength(1);
  made[0]?.tell("complete");
  player.hurry();
  await vi.advanceTimersByTimeAsync(20_000);
  expect([made.length, running()]).toEqual([2, 1]);
  player.close();
  made[1]?.tell("complete");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(running(), "closed is closed").toBe(0);
});
