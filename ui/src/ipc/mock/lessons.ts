/** What the simulated recognition learned: a few lessons of earlier shows, and those of this one. */
import type { Backend } from "../backend";
import type { Failure, LessonView, LiveLine } from "../bindings";
import { drawPack } from "./draw";
import type { Good } from "./goods";
import type { MockShow } from "./show";

/** A correction is looked at before it is learned. */
export const LOOK_MS = 150;
const CROP_PX = 160;

interface Lesson {
  id: string;
  sku: string;
  isIt: boolean;
  madeAtMs: number;
  /** What was held up; none where a person may have been seen with it. */
  seen: Good | null;
}

/** Product, whether it is it, what was held up, minutes ago; newest first. */
const EARLIER: [string, boolean, string | null, number][] = [
  ["OAT-1L", true, "OAT-1L", 1_460],
  ["OAT-1L", false, "YOG-500", 1_490],
  ["TEA-JAS", true, "TEA-JAS", 4_350],
  ["OAT-1L", false, null, 4_372],
  ["OAT-1L", true, "OAT-1L", 15_900],
  ["COF-12", false, "SOY-500", 87_000],
];

export class MockLessons {
  private all: Lesson[];
  private made = 0;

  constructor(
    stocked: readonly Good[],
    private titleOf: (sku: string) => string | undefined,
    private emit: (line: LiveLine) => void,
  ) {
    const seen = (sku: string | null) => stocked.find((good) => good.sku === sku) ?? null;
    this.all = EARLIER.map(([sku, isIt, held, minutes]) => ({ id: this.nextId(), sku, isIt, madeAtMs: Date.now() - minutes * 60_000, seen: seen(held) }));
  }

  knows = (sku: string): boolean => this.titleOf(sku) !== undefined;

  learn(sku: string, isIt: boolean, seen: Good, t_ms: number): void {
    const lesson: Lesson = { id: this.nextId(), sku, isIt, madeAtMs: Date.now(), seen };
    this.all.unshift(lesson);
    setTimeout(() => this.emit({ t_ms, event: "learned", lesson_id: lesson.id, sku, is_it: isIt }), LOOK_MS);
  }

  /** A product that is removed takes its lessons along. */
  list(): LessonView[] {
    return this.all.flatMap(({ id, sku, isIt, madeAtMs, seen }) => {
      const title = this.titleOf(sku);
      return title === undefined ? [] : [{ lesson_id: id, sku, title, is_it: isIt, has_crop: seen !== null, made_at_us: madeAtMs * 1000 }];
    });
  }

  forget(id: string): void {
    const left = this.all.filter((one) => one.id !== id);
    if (left.length === this.all.length) throw notFound(`no lesson ${id}`);
    this.all = left;
  }

  forgetAll(): number {
    const count = this.list().length;
    this.all = [];
    return count;
  }

  async crop(id: string): Promise<ArrayBuffer> {
    const seen = this.all.find((one) => one.id === id)?.seen;
    if (!seen) throw notFound(`no picture of lesson ${id}`);
    const canvas = new OffscreenCanvas(CROP_PX, CROP_PX);
    const ctx = canvas.getContext("2d");
    if (ctx) drawCrop(ctx, seen);
    return (await canvas.convertToBlob({ type: "image/jpeg" })).arrayBuffer();
  }

  private nextId(): string {
    this.made += 1;
    return `0199c0de-3000-7000-8000-${String(this.made).padStart(12, "0")}`;
  }
}

/** As it was held up before the stall. */
function drawCrop(ctx: OffscreenCanvasRenderingContext2D, seen: Good): void {
  const light = ctx.createLinearGradient(0, 0, CROP_PX, CROP_PX);
  light.addColorStop(0, "#5a4334");
  light.addColorStop(1, "#1f1d27");
  ctx.fillStyle = light;
  ctx.fillRect(0, 0, CROP_PX, CROP_PX);
  ctx.translate(CROP_PX / 2, CROP_PX / 2);
  ctx.rotate(0.07);
  drawPack(ctx, seen, CROP_PX * 0.88);
}

/** What the cockpit may ask of them, and the pins and corrections they come of. */
export function lessonCalls(show: MockShow, lessons: MockLessons) {
  const learn = (sku: string, isIt: boolean) => {
    const [held] = show.held(show.t);
    if (held) lessons.learn(sku, isIt, held.good, show.t * 1000);
  };
  return {
    livePin: async (sku) => show.pin(sku),
    liveUnpin: async () => show.unpin(),
    liveConfirm: async () => {
      const tag = show.boxes(show.t)[0]?.tag;
      show.confirm();
      if (tag) learn(tag.sku, true);
    },
    liveUndo: async () => {
      const [tag, pin] = [show.boxes(show.t)[0]?.tag, show.pinned()];
      show.undo();
      // A pin out of the list says nothing about what is in the picture.
      if (tag && (!pin || pin.sku === tag.sku)) learn(tag.sku, false);
    },
    liveName: async (trackId, sku) => {
      if (!show.running) throw NOT_LIVE;
      if (!lessons.knows(sku)) throw notFound(`no product ${sku}`);
      const box = show.boxes(show.t).find((one) => trackId === null || one.track_id === trackId);
      if (!box) throw NOTHING_HELD;
      show.name(sku);
      // What it was taken for until now is wrong, too.
      if (box.tag && box.tag.sku !== sku && !box.tag.why.includes("hand")) learn(box.tag.sku, false);
      learn(sku, true);
    },
    catalogueLessons: async () => lessons.list(),
    catalogueLessonCrop: (id) => lessons.crop(id),
    catalogueForgetLesson: async (id) => lessons.forget(id),
    catalogueForgetLessons: async () => lessons.forgetAll(),
  } satisfies Partial<Backend>;
}

const notFound = (message: string): Failure => ({ code: "not_found", message, retryable: false });

const NOT_LIVE: Failure = { code: "not_live", message: "no show is on air", hint: "go live first", retryable: false };

const NOTHING_HELD: Failure = {
  code: "not_found",
  message: "nothing is recognised in the picture at the moment",
  hint: "hold the product up to the camera and say it again",
  retryable: false,
};
