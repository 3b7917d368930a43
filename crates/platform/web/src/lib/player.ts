import type Mpegts from "mpegts.js";
import { chase } from "./chase";

export type PlayerState = "connecting" | "waiting" | "playing" | "stalled" | "blocked" | "unsupported";

export interface PlayerEvents {
  state(state: PlayerState): void;
  /** Seconds between the picture and the newest one received. */
  behind(seconds: number): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 4_000;
/** Without new data for this long the picture is about to stand still. */
const STALL_MS = 2_500;
/** A picture that has not moved for this long stands still, however much of it is buffered: sound and picture seldom end together. */
const FROZEN_MS = 1_000;
/** No new data for this long although connected: the connection may be dead without saying so. */
const DEAD_MS = 20_000;

/** Plays a show's HTTP-FLV, stays at the live edge and comes back by itself. */
export class Player {
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #events: PlayerEvents;
  #mpegts: typeof Mpegts | null = null;
  #player: Mpegts.Player | null = null;
  #baseMs: number | null = null;
  #retryMs = FIRST_RETRY_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #edge = 0;
  #edgeMovedAt = 0;
  #shown = 0;
  #shownMovedAt = 0;
  #closed = false;

  constructor(video: HTMLVideoElement, url: string, events: PlayerEvents) {
    this.#video = video;
    this.#url = url;
    this.#events = events;
  }

  async start(): Promise<void> {
    this.#events.state("connecting");
    this.#mpegts = (await import("mpegts.js")).default;
    if (this.#closed) return;
    if (!this.#mpegts.isSupported()) return this.#events.state("unsupported");
    this.#mpegts.LoggingControl.enableAll = false;
    this.#watch = setInterval(() => this.#look(), 250);
    this.#open();
  }

  /** The show is on air now: don't wait for the next try. */
  hurry(): void {
    if (this.#closed || this.#player || !this.#mpegts) return;
    clearTimeout(this.#retry);
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#drop();
  }

  /** Show time of the picture on screen, ms; null without one. */
  get pictureMs(): number | null {
    if (this.#baseMs === null || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    return this.#baseMs + this.#video.currentTime * 1_000;
  }

  /** Lets a viewer's tap start what the browser refused to start by itself. */
  async play(): Promise<void> {
    try {
      await this.#video.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#events.state("blocked");
    }
  }

  #open(): void {
    const mpegts = this.#mpegts;
    if (!mpegts || this.#closed || this.#player) return;
    const player = mpegts.createPlayer(
      { type: "flv", isLive: true, url: this.#url, cors: false },
      { enableStashBuffer: false, autoCleanupSourceBuffer: true, autoCleanupMaxBackwardDuration: 30, autoCleanupMinBackwardDuration: 10 },
    );
    this.#player = player;
    this.#edge = 0;
    this.#edgeMovedAt = performance.now();
    this.#shownMovedAt = this.#edgeMovedAt;
    player.on(mpegts.Events.METADATA_ARRIVED, (data: { show_base_ms?: unknown }) => {
      if (typeof data.show_base_ms === "number") this.#baseMs = data.show_base_ms;
    });
    player.on(mpegts.Events.ERROR, (_kind: string, _detail: string, info?: { code?: number }) =>
      this.#again(player, info?.code === 404 ? "waiting" : "stalled"),
    );
    player.on(mpegts.Events.LOADING_COMPLETE, () => this.#again(player, "stalled"));
    player.attachMediaElement(this.#video);
    player.load();
    void this.play();
  }

  /** The stream ended or failed: tries again, later each time. A player often says so twice; the first word counts. */
  #again(player: Mpegts.Player, state: PlayerState): void {
    if (this.#closed || player !== this.#player) return;
    this.#player = null;
    this.#baseMs = null;
    // mpegts.js is in the middle of its own event here.
    queueMicrotask(() => player.destroy());
    this.#events.state(state);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #drop(): void {
    const player = this.#player;
    this.#player = null;
    this.#baseMs = null;
    player?.destroy();
  }

  /** Looks at the live edge: stays close to it, and notices when it stands still. */
  #look(): void {
    const video = this.#video;
    const ranges = video.buffered;
    const player = this.#player;
    if (!player || ranges.length === 0) return;
    const edge = ranges.end(ranges.length - 1);
    const now = performance.now();
    if (edge > this.#edge + 0.01) {
      this.#edge = edge;
      this.#edgeMovedAt = now;
      this.#retryMs = FIRST_RETRY_MS;
    }
    const quiet = now - this.#edgeMovedAt;
    if (quiet > DEAD_MS) return this.#again(player, "stalled");
    if (video.currentTime !== this.#shown) [this.#shown, this.#shownMovedAt] = [video.currentTime, now];
    const behind = Math.max(0, edge - video.currentTime);
    const next = chase(behind, video.playbackRate);
    if (next.jumpTo !== null) video.currentTime = Math.max(0, edge - next.jumpTo);
    if (video.playbackRate !== next.rate) video.playbackRate = next.rate;
    // A gap in the buffer holds the picture before it for ever.
    const last = ranges.start(ranges.length - 1);
    if (video.currentTime < last && behind > 0.3) video.currentTime = last + 0.01;
    if (video.paused && !document.hidden) return this.#events.state("blocked");
    // Data is here, but nothing of it is on the screen yet.
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.currentTime === 0) return;
    // For who tests a show from the outside: which picture is this?
    video.dataset["showMs"] = String(Math.round(this.pictureMs ?? -1));
    this.#events.behind(behind);
    const still = behind < 0.2 || now - this.#shownMovedAt > FROZEN_MS;
    this.#events.state(quiet > STALL_MS && still ? "stalled" : "playing");
  }
}
