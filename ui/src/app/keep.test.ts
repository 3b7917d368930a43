import { expect, it } from "vitest";
import type { Settings } from "../ipc";
import { Keeper } from "./keep";

/** Answers each call after as many turns of the event loop as `waits` says, and refuses a canvas of no width. */
function studio(...waits: number[]) {
  let kept = { beauty: 0, studio_mode: false, width: 1280 } as Settings;
  const late = async <T>(answer: T): Promise<T> => {
    for (let left = waits.shift() ?? 0; left > 0; left--) await new Promise((done) => setTimeout(done));
    return answer;
  };
  return {
    settingsGet: () => late(kept),
    settingsSet: async (settings: Settings) => {
      if (settings.width === 0) throw new Error("no canvas");
      return late((kept = settings));
    },
    kept: () => kept,
    changedElsewhere: (part: Partial<Settings>) => (kept = { ...kept, ...part }),
  };
}

it("keeps two changes of one moment, however long the first takes", async () => {
  const fake = studio(5, 5, 0, 0);
  const shown: Settings[] = [];
  const keeper = new Keeper(fake, (now) => shown.push(now));
  await Promise.all([keeper.change({ beauty: 40 }, false), keeper.change({ studio_mode: true }, false)]);
  expect(fake.kept()).toMatchObject({ beauty: 40, studio_mode: true });
  expect(shown.at(-1)).toEqual(fake.kept());
});

it("shows what is newest, and not the answer that comes last", async () => {
  const fake = studio(5);
  const shown: Settings[] = [];
  const keeper = new Keeper(fake, (now) => shown.push(now));
  const looks = [keeper.look()];
  await Promise.resolve();
  fake.changedElsewhere({ beauty: 7 });
  looks.push(keeper.look());
  await Promise.all(looks);
  expect(shown.map((one) => one.beauty)).toEqual([0, 7]);
});

it("tells a refusal to whom it concerns, and goes on with the next change", async () => {
  const fake = studio();
  const keeper = new Keeper(fake, () => {});
  const [refused, next] = await Promise.allSettled([keeper.change({ width: 0 }, false), keeper.change({ beauty: 9 }, false)]);
  expect([refused.status, next.status]).toEqual(["rejected", "fulfilled"]);
  expect(fake.kept()).toMatchObject({ width: 1280, beauty: 9 });
});
