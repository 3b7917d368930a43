/** The show as the window knows it: newest snapshot, desk, notices, and whether they are still true. */
import { createContext } from "svelte";
import { type Backend, type Failure, type LiveLine, type NoticeWhy, type Snapshot, type Stop, asFailure } from "../../ipc";
import { type Desk, EMPTY_DESK, onLine, onSnapshot } from "./desk";
import { type Cuttable, type RecordDeed, cuttableAfter, cuttableNow, endedBy, recordDeeds } from "../recording";
import { type Link, link, remainingMs, showMs } from "./link";
import { type Notice, Notices, type Tone } from "./notices.svelte";
import { isRunning, moveSelection, pinAction, trackInQuestion } from "./picks";

const TICK_MS = 250;
/** As many products are looked through for one of a SKU, which can be found in the words of others. */
const HITS = 20;

export type Panel = "mixer" | "figures" | "claims";

export class Live {
  snapshot = $state.raw<Snapshot | null>(null);
  desk = $state.raw<Desk>(EMPTY_DESK);
  selected = $state<string | null>(null);
  /** Titles of products met in this session, for orders that name only the SKU. */
  titles = $state.raw<ReadonlyMap<string, string>>(new Map());
  starting = $state(false);
  /** What the host is asked: whether to end the recording, the show, or the show and close the window. */
  asking = $state<"record" | "end" | "close" | null>(null);
  /** What is open in the place of the strip below the picture. */
  panel = $state<Panel | null>(null);
  /** The dialog that cuts a clip out of a recording is open. */
  clipping = $state(false);
  /** The sheet with the offers is open. */
  offering = $state(false);
  /** The dialog with the destinations of the running show is open. */
  publishing = $state(false);
  /** The host is asked which product a thing in the picture is; without a track, what is held up. */
  naming = $state.raw<{ trackId: number | null } | null>(null);
  /** Counts what was learned and forgotten: a list of lessons is old when it grows. */
  lessons = $state(0);
  /** Recordings of this show that are over. */
  private over = $state.raw<readonly Cuttable[]>([]);
  private receivedAt = $state<number | null>(null);
  private failure = $state.raw<Failure | null>(null);
  private now = $state(Date.now());
  private stops: Stop[] = [];
  private lastPinned: string | null = null;

  constructor(
    readonly backend: Backend,
    readonly notices: Notices,
  ) {}

  get running(): boolean {
    return isRunning(this.snapshot);
  }

  /** What a clip can be cut out of now: what is written or was ended on air, or what the last show left. */
  get cuttable(): Cuttable[] {
    if (this.running) return [...cuttableNow(this.snapshot?.recording ?? null), ...this.over];
    return this.desk.summary ? cuttableAfter(this.desk.summary) : [];
  }

  /** Opens the dialog, where there is something to cut. */
  clip(): void {
    this.clipping = this.cuttable.length > 0;
  }

  /** Opens the dialog that tells where the show goes, while there is one. */
  askWhere(): void {
    this.publishing = this.running;
  }

  get link(): Link {
    return link({ receivedAt: this.receivedAt, failed: this.failure !== null, running: this.running }, this.now);
  }

  get brokenBy(): Failure | null {
    return this.failure;
  }

  get onAirSeconds(): number {
    return showMs(this.snapshot?.at ?? 0, this.receivedAt, this.now, this.running) / 1000;
  }

  deadline(deadlineMs: number | null): number | null {
    return remainingMs(deadlineMs, this.receivedAt, this.now);
  }

  async open(): Promise<void> {
    const timer = setInterval(() => (this.now = Date.now()), TICK_MS);
    this.stops.push(() => clearInterval(timer));
    try {
      this.stops.push(await this.backend.onSnapshot((snapshot) => this.take(snapshot)));
      this.stops.push(await this.backend.onLive((line) => this.hear(line)));
      this.stops.push(await this.backend.onClose(() => this.askToClose()));
      this.take(await this.backend.snapshot());
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  /** Opens a panel, or closes it where it is open. */
  turn(panel: Panel): void {
    this.panel = this.panel === panel ? null : panel;
  }

  close(): void {
    this.stops.splice(0).forEach((stop) => stop());
  }

  async retry(): Promise<void> {
    this.failure = null;
    this.close();
    await this.open();
  }

  take(snapshot: Snapshot): void {
    const before = this.running ? (this.snapshot?.recording ?? null) : null;
    this.over = isRunning(snapshot) ? endedBy(this.over, before, snapshot.recording) : [];
    if (!isRunning(snapshot)) [this.naming, this.publishing] = [null, false];
    if (this.asking === "record" && !recordDeeds(snapshot.recording).includes("stop")) this.asking = null;
    this.snapshot = snapshot;
    this.receivedAt = Date.now();
    this.failure = null;
    const pinned = snapshot.pinned?.sku ?? null;
    // A new pin ends the choice by hand, so that Space takes the pin away and not the old row back in.
    if (pinned !== this.lastPinned && pinned !== null) this.selected = null;
    this.lastPinned = pinned;
    this.desk = onSnapshot(this.desk, snapshot);
    this.learn(snapshot.running_order);
  }

  /** Remembers titles, for orders that name only the SKU. */
  learn(products: readonly { sku: string; title: string }[]): void {
    const unknown = products.filter((one) => this.titles.get(one.sku) !== one.title);
    if (unknown.length > 0) this.titles = new Map([...this.titles, ...unknown.map((one) => [one.sku, one.title] as const)]);
  }

  private hear(line: LiveLine): void {
    this.desk = onLine(this.desk, line);
    if (line.event === "learned") void this.tellLesson(line);
    if (line.event !== "notice") return;
    // What was said of a show's only microphone is over when another one is heard.
    if (line.why_code === "mic_chosen") ["mic_lost", "mic_narrow"].forEach((code) => this.notices.drop(code));
    this.notices.add({ tone: tone(line.why_code), code: line.why_code ?? line.code, about: line.about, message: line.message, hint: line.hint ?? null, reason: line.reason });
  }

  /** Says what was learned, and lets the host take it back. */
  private async tellLesson({ lesson_id, sku, is_it }: Extract<LiveLine, { event: "learned" }>): Promise<void> {
    this.lessons += 1;
    const about = await this.titleOf(sku);
    this.notices.drop(TAUGHT.code);
    const action = { label: "lessons.takeBack" as const, run: () => void this.forget(lesson_id) };
    this.notices.add({ tone: "info", code: is_it ? "learned" : "learned_not", about, message: sku, hint: null, action });
  }

  /** Else the SKU: a product of no running order so far is looked up. */
  private async titleOf(sku: string): Promise<string> {
    if (!this.titles.has(sku)) await this.backend.catalogueList(sku, 0, HITS).then((page) => this.learn(page.products), () => {});
    return this.titles.get(sku) ?? sku;
  }

  /** Takes a lesson back. */
  async forget(lessonId: string): Promise<void> {
    if (!(await this.act(() => this.backend.catalogueForgetLesson(lessonId)))) return;
    this.lessons += 1;
    this.notices.add(FORGOTTEN);
  }

  /** Takes all lessons back. */
  async forgetAll(): Promise<void> {
    if (!(await this.act(() => this.backend.catalogueForgetLessons()))) return;
    this.lessons += 1;
    this.notices.add({ ...FORGOTTEN, code: "all_forgotten" });
  }

  /** Asks whether to end the show; nothing to ask while none runs, or while it ends already. */
  askToEnd(): void {
    if (this.running && this.snapshot?.show.state !== "ending" && this.asking !== "close") this.asking = "end";
  }

  /** The window was closed on air. It may be asked for again and again: it is one question. */
  askToClose(): void {
    this.asking = "close";
    void this.act(() => this.backend.windowAsks());
  }

  /** The host's answer. */
  async answer(yes: boolean): Promise<void> {
    const asked = this.asking;
    this.asking = null;
    if (asked === "record" && yes) await this.act(() => this.backend.liveRecordStop());
    if (asked === "end" && yes) await this.act(() => this.backend.liveEnd());
    if (asked === "close") await this.act(() => (yes ? this.backend.windowClose() : this.backend.windowStay()));
  }

  move(step: 1 | -1): void {
    if (this.snapshot) this.selected = moveSelection(this.snapshot, this.selected, step);
  }

  async pinOrUnpin(): Promise<void> {
    if (!this.snapshot || !this.running) return;
    const action = pinAction(this.snapshot, this.selected);
    if (action.do === "confirm") await this.act(() => this.backend.liveConfirm(action.tagId));
    if (action.do === "pin") await this.act(() => this.backend.livePin(action.sku));
    if (action.do === "unpin") await this.act(() => this.backend.liveUnpin());
  }

  async undo(): Promise<void> {
    if (!this.running) return;
    const before = this.lessons;
    // What was learned from it meanwhile says it already.
    if ((await this.act(() => this.backend.liveUndo())) && this.lessons === before) this.notices.add(TAUGHT);
  }

  /** Asks which product a thing is: that of a track, else the one that is spoken of. */
  askWhat(trackId?: number): void {
    if (this.running && this.snapshot) this.naming = { trackId: trackId ?? trackInQuestion(this.snapshot) };
  }

  /** The host's answer; null for none. */
  async name(sku: string | null): Promise<void> {
    const asked = this.naming;
    this.naming = null;
    if (asked && sku !== null) await this.act(() => this.backend.liveName(asked.trackId, sku));
  }

  /** The studio tells where it is, as it tells everybody. */
  async saveReplay(): Promise<void> {
    if (this.running) await this.act(() => this.backend.liveSaveReplay());
  }

  /** Records, records again what stopped by itself, or asks whether to end the recording; else what comes first of these. */
  async record(deed?: RecordDeed): Promise<void> {
    if (!this.running || !this.snapshot) return;
    if ((deed ?? recordDeeds(this.snapshot.recording)[0]) === "stop") this.asking ??= "record";
    else await this.act(() => this.backend.liveRecord());
  }

  /** The piece of a recording that was cut out is there. */
  clipped(path: string): void {
    this.notices.add({ tone: "info", code: "clip_saved", about: path, message: path, hint: null });
  }

  /** Runs a call; a failure becomes a notice. True when it worked. */
  async act(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      this.notices.fail(asFailure(error));
      return false;
    }
  }
}

/** Most notices are of something that is missing; these are of something that is there now. */
const GOOD: readonly NoticeWhy[] = ["replay_saved", "recording_saved", "pin_clips_made", "mic_chosen"];
const tone = (why: NoticeWhy | undefined): Tone => (why && GOOD.includes(why) ? "info" : "warn");

const TAUGHT: Omit<Notice, "id"> = { tone: "info", code: "taught", message: "", hint: null };
const FORGOTTEN: Omit<Notice, "id"> = { tone: "info", code: "lesson_forgotten", message: "", hint: null };

export const [useLive, provideLive] = createContext<Live>();
