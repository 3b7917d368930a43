import { describe, expect, it } from "vitest";
import { type PumpParts, type PumpState, startPump, unpack } from "./pump";

function frame(seq: number): ArrayBuffer {
  const buffer = new ArrayBuffer(10);
  new DataView(buffer).setBigUint64(0, BigInt(seq));
  return buffer;
}

/** A studio that answers with `answers` and then never again. */
function rig(answers: (ArrayBuffer | Error)[], draw: PumpParts["draw"] = async () => {}) {
  const asked: number[] = [];
  const states: PumpState[] = [];
  let idle = () => {};
  const drained = new Promise<void>((done) => (idle = done));
  let pauses = 0;
  const parts: PumpParts = {
    next: async (after) => {
      asked.push(after);
      const answer = answers.shift();
      if (answer === undefined) {
        idle();
        return new Promise(() => {});
      }
      if (answer instanceof Error) throw answer;
      return answer;
    },
    draw,
    onState: (state) => states.push(state),
    pause: async () => void (pauses += 1),
    visible: async () => {},
  };
  return { parts, asked, states, drained, pauses: () => pauses };
}

describe("the preview pump", () => {
  it("asks for what is newer than the picture it drew", async () => {
    const { parts, asked, states, drained } = rig([frame(7), frame(9)]);
    const pump = startPump(parts);
    await drained;
    pump.stop();
    expect(asked).toEqual([0, 7, 9]);
    expect(states).toEqual(["playing"]);
  });

  it("has one drawing in flight", async () => {
    let drawing = 0;
    let most = 0;
    const { parts, drained } = rig([frame(1), frame(2), frame(3)], async () => {
      most = Math.max(most, ++drawing);
      await Promise.resolve();
      drawing -= 1;
    });
    startPump(parts);
    await drained;
    expect(most).toBe(1);
  });

  it("goes dark without a picture and comes back by itself", async () => {
    const { parts, states, drained, pauses } = rig([frame(1), new ArrayBuffer(0), new Error("gone"), frame(2)]);
    startPump(parts);
    await drained;
    expect(states).toEqual(["playing", "dark", "playing"]);
    expect(pauses()).toBe(2);
  });

  it("survives a picture that can't be decoded", async () => {
    let calls = 0;
    const { parts, states, drained } = rig([frame(1), frame(2)], async () => {
      if (++calls === 1) throw new Error("not a picture");
    });
    startPump(parts);
    await drained;
    expect(states).toEqual(["dark", "playing"]);
  });

  it("draws nothing after it was stopped", async () => {
    let drawn = 0;
    const { parts } = rig([frame(1)], async () => void (drawn += 1));
    startPump(parts).stop();
    await Promise.resolve();
    await Promise.resolve();
    expect(drawn).toBe(0);
  });

  it("reads the sequence beyond 32 bits", () => {
    expect(unpack(frame(2 ** 40))?.seq).toBe(2 ** 40);
    expect(unpack(new ArrayBuffer(8))).toBeNull();
  });
});
