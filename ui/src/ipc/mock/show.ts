/** A believable show: something is held up, suggested, pinned; orders and questions come in; one destination drops out and returns. */
import { MockRecording, replaySaved } from "./files";
import { NOTHING_STAGED } from "./office";
import type { BoxView, Clue, LiveLine, PinView, RunningItem, Snapshot, StockNote } from "../bindings";
import { CHAT_EN, CHAT_ZH } from "./chat";
import { type Held, widthOf } from "./draw";
import type { Good } from "./goods";
import type { MockDestinations } from "./destinations";
import { load } from "./numbers";
import { MockOutputs } from "./outputs";
import { MockSound } from "./sound";
import type { Trouble } from "./trouble";

/** How long one product is held up, seconds of the show. */
const TURN_S = 16;
const SUGGEST_AT_S = 2.2;
const PIN_AT_S = 5;
const AWAY_AT_S = 13.5;

export class MockShow {
  running = false;
  ended = false;
  /** Seconds on air. */
  t = 0;
  order: string[];
  /** The shop knows a product's first photo. */
  photo: (sku: string) => string | null = () => null;
  /** Another platform was chosen while on air. */
  platformAfterShow = false;
  readonly sound = new MockSound();
  readonly recording: MockRecording;
  readonly outputs: MockOutputs;
  scenes = ["1", "2", "1 + 2", "1 | 2"];
  private scene = "1";
  private staged: string | null = null;
  private byHand: { sku: string; since: number } | null = null;
  /** Turns whose tag was taken back by the host. */
  private refused = new Set<number>();
  private confirmed = new Set<number>();
  /** What the host said that the thing of a turn is. */
  private named = new Map<number, string>();
  private sold = new Map<string, number>();
  private shown = new Map<string, number>();
  private orders = 0;
  private heard = 0;
  private revenue = 0;
  private nextOrderAt = 6;
  private nextChatAt = 2;
  private lastPin: string | null = null;
  /** Every show has an id of its own. */
  private shows = 0;
  /** Its page has an address; the show is announced again then. */
  private hasPage = false;

  constructor(
    private goods: Map<string, Good>,
    private destinations: MockDestinations,
    private language: "zh" | "en",
    private trouble: Trouble,
    private emit: (line: LiveLine) => void,
    private available: (sku: string) => number,
    private sell: (sku: string) => number,
  ) {
    this.order = [...goods.keys()].slice(0, 9);
    this.recording = new MockRecording(trouble, emit);
    this.outputs = new MockOutputs(destinations, trouble);
  }

  /** `to`: where it goes; absent: to the first two that are stored. */
  start(at = 0, to = this.destinations.all.slice(0, 2).map((one) => one.id)): void {
    this.running = true;
    this.ended = false;
    this.t = at;
    this.recording.begin(0);
    this.outputs.begin(to);
    this.named.clear();
    this.nextOrderAt = at + 3;
    this.nextChatAt = at + 1;
    this.orders = at > 60 ? 96 : 0;
    this.revenue = at > 60 ? 841_200 : 0;
    this.order.forEach((sku, i) => {
      this.sold.set(sku, at > 60 ? (i * 13 + 21) % 37 : 0);
      this.shown.set(sku, at > 60 && i < 6 ? 112 + i * 41 : 0);
    });
    this.shows += 1;
    this.hasPage = false;
    this.announceShow();
  }

  /** Said at the start, when the page has an address, and whenever the platform is back. */
  announceShow(): void {
    this.emit({ t_ms: this.t * 1000, event: "on_air", show_id: this.showId, viewer_url: this.hasPage ? VIEWER_URL : null });
  }

  private get showId(): string {
    return `mock-show-${this.shows}`;
  }

  end(): void {
    this.running = false;
    this.ended = true;
    this.platformAfterShow = false;
    this.byHand = null;
    const { orders } = this;
    // As the studio does: with the end the show is put down, and only its summary is left.
    [this.orders, this.revenue] = [0, 0];
    this.sold.clear();
    this.shown.clear();
    this.emit({
      t_ms: this.t * 1000,
      event: "summary",
      on_air_s: this.t,
      frames: this.frames(),
      outputs: [],
      recording: this.recording.summary(this.t),
      pins: Math.max(1, Math.floor(this.t / TURN_S)),
      orders,
      cpu_ms_per_frame: 11.4,
      viewer_url: VIEWER_URL,
    });
  }

  pin = (sku: string) => void (this.byHand = { sku, since: this.t });

  saveReplay = () => this.emit(replaySaved(this.t));

  unpin = () => void (this.byHand ? (this.byHand = null) : this.refused.add(this.turn()));

  undo(): void {
    this.byHand = null;
    this.named.delete(this.turn());
    this.refused.add(this.turn());
  }

  name(sku: string): void {
    this.named.set(this.turn(), sku);
    this.pin(sku);
  }

  confirm = () => void this.confirmed.add(this.turn());

  tick(dt: number): void {
    if (!this.running) return;
    this.t += dt;
    if (!this.hasPage) {
      this.hasPage = true;
      this.announceShow();
    }
    const pinned = this.pinned();
    if (pinned) this.shown.set(pinned.sku, (this.shown.get(pinned.sku) ?? 0) + dt);
    if (pinned && pinned.sku !== this.lastPin) this.announce(pinned);
    this.lastPin = pinned?.sku ?? null;
    if (this.t > this.nextOrderAt) this.placeOrder(pinned?.sku);
    if (this.t > this.nextChatAt) this.say();
  }

  /** What is in the picture at `t`, also before the show. */
  held(t: number): Held[] {
    const good = this.goodOfTurn(this.turnAt(t));
    const phase = t % TURN_S;
    if (!good || this.trouble.cameraLost || phase > AWAY_AT_S) return [];
    const rise = Math.min(1, phase / 1.2, (AWAY_AT_S - phase) / 0.8);
    const ease = rise * rise * (3 - 2 * rise);
    return [
      {
        good,
        x: 0.41 + 0.035 * Math.sin(t * 0.9),
        y: 0.55 + 0.6 * (1 - ease) + 0.015 * Math.sin(t * 1.7),
        height: 0.46,
        turn: 0.07 * Math.sin(t * 0.8),
      },
    ];
  }

  boxes(t: number): BoxView[] {
    if (this.trouble.recognitionOff) return [];
    const phase = t % TURN_S;
    return this.held(t).map((held) => {
      const width = widthOf(held) * 1.16;
      const height = held.height * 1.08;
      const named = this.goods.get(this.named.get(this.turnAt(t)) ?? "");
      const refused = this.refused.has(this.turnAt(t)) && !named;
      const known = phase > SUGGEST_AT_S && !refused;
      return {
        track_id: this.turnAt(t),
        x: held.x - width / 2,
        y: held.y - height / 2,
        width,
        height,
        tag: named ? this.handTag(named) : known ? this.tag(held.good, phase) : null,
        abstained: named || known || refused ? null : "blurred",
      };
    });
  }

  pinned(): PinView | null {
    if (this.byHand) return this.pinOf(this.byHand.sku, true, this.byHand.since);
    if (this.trouble.recognitionOff || this.trouble.cameraLost) return null;
    const turn = this.turn();
    const phase = this.t % TURN_S;
    const since = this.confirmed.has(turn) ? SUGGEST_AT_S : PIN_AT_S;
    if (phase < since || this.refused.has(turn)) return null;
    const good = this.goodOfTurn(turn);
    return good ? this.pinOf(good.sku, false, turn * TURN_S + since) : null;
  }

  showScene = (name: string) => void (this.scene = name);

  stage = (name: string | null) => void (this.staged = name);

  /** As in the studio: what was shown waits next. */
  take(): void {
    if (this.staged === null) throw NOTHING_STAGED;
    [this.scene, this.staged] = [this.staged, this.scene];
  }

  /** On or off, as the studio follows its switch. */
  studioMode(on: boolean): void {
    this.staged = on ? (this.staged ?? this.scene) : null;
  }

  private state(): Snapshot["show"] {
    if (!this.running) return { state: this.ended ? "ended" : "idle" };
    const why = this.troubles();
    return why.length > 0 ? { state: "degraded", why } : { state: "live" };
  }

  snapshot(idleT: number): Snapshot {
    const pinned = this.running ? this.pinned() : null;
    const boxes = this.boxes(this.running ? this.t : idleT);
    return {
      show: this.state(),
      show_id: this.running ? this.showId : null,
      at: Math.round(this.t * 1000),
      viewer_url: this.running && this.hasPage ? VIEWER_URL : null,
      viewers: this.running ? Math.round(1284 + 60 * Math.sin(this.t / 9)) : null,
      source: this.source(),
      scenes: this.trouble.noSource ? [] : this.scenes,
      scene: this.trouble.noSource ? null : this.scene,
      staged: this.trouble.noSource ? null : this.staged,
      outputs: this.running ? this.outputs.views(this.t) : [],
      recording: this.running ? this.recording.view(this.t) : null,
      boxes,
      pinned,
      running_order: this.order.flatMap((sku) => this.item(sku, boxes)),
      orders: this.orders,
      orders_heard: this.heard, edits_heard: 0, claims_heard: 0, offers_heard: 0,
      revenue: this.orders > 0 ? { minor: this.revenue, currency: "CNY" } : null,
      waiting_to_sync: this.trouble.platformOffline ? 3 : 0,
      platform: this.trouble.platformOffline ? "offline" : "online",
      platform_after_show: this.platformAfterShow,
      recognition: this.trouble.recognitionOff
        ? { state: "off", why: "the model file nanodet.onnx is missing", why_code: "model_missing" }
        : { state: "on", provider: "CPU", lost: null, fps: 11.8, ms_per_frame: 62, learning: null, idle: null },
      run_through: null,
      sound: this.sound.view(this.trouble.noSource),
      stats: {
        fps: this.trouble.cameraLost ? 0 : 30,
        frames: this.frames(),
        cpu_percent: 61 + 4 * Math.sin(this.t),
        rss_bytes: 412_000_000,
        audio_rms_db: -21 + 9 * Math.sin(idleT * 3.1) * Math.sin(idleT * 0.7),
        encoder: "x264",
        av_offset_ms: this.running ? Math.round(6 + 3 * Math.sin(this.t)) : null,
        ...load(this.t, this.running, this.trouble.slowLine ? (this.destinations.all[1]?.id ?? null) : null),
      },
    };
  }

  private source(): Snapshot["source"] {
    const { cameraLost, noSource } = this.trouble;
    if (noSource) return { id: "", name: "", state: "lost", why: null, why_code: null };
    const name = this.language === "zh" ? "罗技 C920 摄像头" : "Logitech C920";
    const lost = { state: "lost", why: "no picture from the camera for 2 s", why_code: "silent" } as const;
    return { id: "camera-1", name, ...(cameraLost ? lost : { state: "back", why: null, why_code: null }) };
  }

  private troubles() {
    const { trouble } = this;
    const down = this.outputs.views(this.t).some((one) => one.state === "reconnecting" || one.state === "failed");
    return [
      ...(trouble.cameraLost ? (["source_lost"] as const) : []),
      ...(down ? (["output_down"] as const) : []),
      ...(trouble.diskFull ? (["recording_stopped"] as const) : []),
      ...(trouble.recognitionOff ? (["recognition_off"] as const) : []),
      ...(trouble.platformOffline ? (["platform_down"] as const) : []),
    ];
  }

  private item(sku: string, boxes: BoxView[]): RunningItem[] {
    const good = this.goods.get(sku);
    if (!good) return [];
    return [
      {
        sku,
        title: this.language === "zh" ? good.zh : good.en,
        price: { minor: good.price, currency: "CNY" },
        available: this.available(sku),
        note: noteOf(this.available(sku)),
        seconds_shown: Math.round(this.shown.get(sku) ?? 0),
        sold: this.sold.get(sku) ?? 0,
        lit: boxes.some((box) => box.tag?.sku === sku),
        photo: this.photo(sku),
      },
    ];
  }

  private tag(good: Good, phase: number): NonNullable<BoxView["tag"]> {
    const sure = phase > PIN_AT_S || this.confirmed.has(this.turn());
    const why: Clue[] = sure ? ["image", "words"] : ["image"];
    return {
      tag_id: `tag-${this.turn()}`,
      sku: good.sku,
      variants: [],
      title: this.language === "zh" ? good.zh : good.en,
      state: sure && this.running ? "pinned" : "suggested",
      confidence: sure ? 0.98 : 0.71 + 0.04 * phase,
      why,
    };
  }

  private handTag(good: Good): NonNullable<BoxView["tag"]> {
    return { ...this.tag(good, PIN_AT_S), state: "pinned", confidence: 1, why: ["hand"] };
  }

  private pinOf(sku: string, by_hand: boolean, since: number): PinView | null {
    const good = this.goods.get(sku);
    if (!good) return null;
    const title = this.language === "zh" ? good.zh : good.en;
    return { tag_id: `tag-${sku}`, sku, variants: [], title, price: { minor: good.price, currency: "CNY" }, price_range: null, by_hand, since: since * 1000 };
  }

  private announce(pin: PinView): void {
    this.emit({
      t_ms: this.t * 1000,
      event: "tag",
      tag_id: pin.tag_id,
      track_id: null,
      sku: pin.sku,
      state: "pinned",
      confidence: 0.98,
      why: ["image"],
      link: null,
    });
  }

  private placeOrder(sku: string | undefined): void {
    this.nextOrderAt = this.t + 5 + (this.orders % 4) * 1.7;
    const bought = sku ?? this.order[this.orders % this.order.length];
    const good = bought === undefined ? undefined : this.goods.get(bought);
    if (!good) return;
    const qty = this.sell(good.sku);
    if (qty === 0) return;
    this.orders += 1;
    this.heard += 1;
    this.revenue += good.price * qty;
    this.sold.set(good.sku, (this.sold.get(good.sku) ?? 0) + qty);
    this.emit({
      t_ms: this.t * 1000,
      event: "order",
      id: `order-${this.orders}`,
      source: this.orders % 3 === 0 ? "comment" : "page",
      lines: [{ sku: good.sku, qty }],
      total_minor: good.price * qty,
      currency: "CNY",
    });
  }

  private say(): void {
    const lines = this.language === "zh" ? CHAT_ZH : CHAT_EN;
    const [from, text] = lines[Math.floor(this.t / 2.6) % lines.length] ?? ["", ""];
    this.nextChatAt = this.t + 2.6;
    this.emit({ t_ms: this.t * 1000, event: "chat", from, text });
  }

  private frames(): Snapshot["stats"]["frames"] {
    const n = Math.round(this.t * 30);
    return { captured: n, composed: n, encoded: n, dropped: {}, by_canvas: { "16:9": n } };
  }

  private turnAt(t: number): number {
    return Math.floor(t / TURN_S);
  }

  private turn(): number {
    return this.turnAt(this.t);
  }

  private goodOfTurn(turn: number): Good | undefined {
    const sku = this.order[turn % Math.max(1, this.order.length)];
    return sku === undefined ? undefined : this.goods.get(sku);
  }
}

/** What the studio says of so many pieces. */
const noteOf = (available: number): StockNote => (available <= 0 ? "sold_out" : available <= 10 ? "few" : "plenty");

const VIEWER_URL = "http://127.0.0.1:8480/s/mock-show";
