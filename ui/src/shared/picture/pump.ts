/** Draws the newest picture, one at a time: the next is asked for when the last is on the canvas, so none pile up. */

export type PumpState = "waiting" | "playing" | "dark";

export interface Pump {
  stop(): void;
}

export interface PumpParts {
  /** Waits for a picture newer than `after`; see `Backend.previewNext`. */
  next(after: number): Promise<ArrayBuffer>;
  draw(jpeg: Blob): Promise<void>;
  onState(state: PumpState): void;
  /** Resolves after a pause; hand-driven in tests. */
  pause(ms: number): Promise<void>;
  /** Resolves when somebody looks at the window: nothing is encoded for a hidden one. */
  visible(): Promise<void>;
}

/** While there is no picture: often enough to feel immediate, seldom enough to cost nothing. */
const DARK_PAUSE_MS = 400;
const SEQ_BYTES = 8;

/** The sequence number, and the JPEG behind it; null for "no picture". */
export function unpack(buffer: ArrayBuffer): { seq: number; jpeg: Blob } | null {
  if (buffer.byteLength <= SEQ_BYTES) return null;
  const seq = Number(new DataView(buffer).getBigUint64(0));
  return { seq, jpeg: new Blob([new Uint8Array(buffer, SEQ_BYTES)], { type: "image/jpeg" }) };
}

export function startPump(parts: PumpParts): Pump {
  let running = true;
  let state: PumpState = "waiting";
  let after = 0;
  const tell = (next: PumpState) => {
    if (next !== state && running) parts.onState((state = next));
  };
  const step = async () => {
    const frame = unpack(await parts.next(after));
    if (!frame) return false;
    after = frame.seq;
    if (running) await parts.draw(frame.jpeg);
    return true;
  };
  void (async () => {
    while (running) {
      await parts.visible();
      // A picture that can't be read, or a studio that does not answer, is a dark moment and not the end.
      const drawn = await step().catch(() => false);
      tell(drawn ? "playing" : "dark");
      if (!drawn && running) await parts.pause(DARK_PAUSE_MS);
    }
  })();
  return { stop: () => void (running = false) };
}
