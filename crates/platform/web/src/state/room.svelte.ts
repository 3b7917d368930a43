import { Api, Failure, type Offer, type Product, type Show } from "../lib/api";
import { newId } from "../lib/key";
import { Dwell } from "../lib/dwell";
import { PinBoard, type Pin } from "../lib/pins";
import { Player, type PlayerState } from "../lib/player";
import type { Route } from "../lib/route";
import { arranged, gone } from "../lib/shelf";
import { Kept } from "../lib/unsettled";
import { listen } from "../lib/updates";
import { viewer } from "../lib/viewer";
import { Claims } from "./claims.svelte";
import { Pending } from "./unsettled.svelte";

/** What the viewer is told about the show as a whole. */
export type RoomState =
  | "loading"
  | "not_found"
  | "offline"
  | "waiting"
  | "connecting"
  | "live"
  | "interrupted"
  | "ended"
  | "unsupported";

export interface Line {
  id: number;
  from: string;
  text: string;
  mine: boolean;
}

/** Older lines are of no use in a live chat. */
const LINES_KEPT = 60;
const RETRY_MS = 3_000;

/** Everything the page knows about the show it is in. */
export class Room {
  show = $state<Show | null>(null);
  shelf = $state<Product[]>([]);
  viewers = $state(0);
  lines = $state<Line[]>([]);
  pinnedSku = $state<string | null>(null);
  #open = $state.raw<readonly string[]>([]);
  /** What is sold and not known here, while it is asked for. */
  #awaited = $state.raw<readonly string[]>([]);
  openSku = $state<string | null>(null);
  playing = $state<PlayerState>("connecting");
  behind = $state(0);
  onAir = $state(false);
  ended = $state(false);
  /** The platform's clock less this machine's, ms: offers end by the platform's. */
  #ahead = $state(0);
  /** The time by which offers are counted down, ms of the platform's clock. */
  now = $state(Date.now());
  /** The platform answers. */
  reachable = $state(true);
  missing = $state(false);

  /** The product of the open sheet, if it left the shelf meanwhile: whoever holds pieces of it goes on paying. */
  #left = $state<Product | null>(null);

  state: RoomState = $derived.by(() => {
    if (this.missing) return "not_found";
    if (!this.show) return this.reachable ? "loading" : "offline";
    if (this.ended) return "ended";
    if (this.playing === "unsupported") return "unsupported";
    if (this.playing === "playing" || this.playing === "blocked") return "live";
    if (!this.reachable) return "offline";
    if (this.playing === "waiting" || !this.onAir) return this.#seenLive ? "interrupted" : "waiting";
    return this.playing === "connecting" ? "connecting" : "interrupted";
  });

  pinned: Product | null = $derived(this.shelf.find((product) => product.sku === this.pinnedSku) ?? null);
  /** It is not known which variant of the product is shown, also while those that are sold are still asked for. */
  asks: boolean = $derived(this.#open.length > 0);
  /** The variants of what is shown that the viewer may choose from; empty where it is known which is shown. */
  choices: Product[] = $derived(this.#open.flatMap((sku) => this.shelf.find((product) => product.sku === sku) ?? []));
  /** None of them is still asked for. One that is no longer sold is not known and never will be. */
  complete: boolean = $derived(this.choices.length === this.#open.length || !this.#open.some((sku) => this.#awaited.includes(sku)));
  open: Product | null = $derived(
    this.shelf.find((product) => product.sku === this.openSku) ?? (this.#left?.sku === this.openSku ? this.#left : null),
  );

  readonly api: Api;
  /** Purchases that no sheet shows and whose payment is not decided. */
  readonly pending: Pending;
  /** What this page's comments ordered. */
  readonly claims: Claims;
  readonly me: number = 1_000 + Math.floor(Math.random() * 9_000);
  #seenLive = $state(false);
  #board = new PinBoard();
  #player: Player | null = null;
  #listening: { close(): void } | null = null;
  #entering = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #dwell: Dwell;
  #nextLine = 0;
  #said = new Set<string>();

  constructor(readonly route: Route) {
    this.api = new Api(route.show, viewer());
    this.pending = new Pending(this.api, new Kept(route.show, () => sessionStorage));
    this.claims = new Claims(this.api);
    this.#dwell = new Dwell((sku) => this.api.did("dwell", sku, this.atMs));
  }

  /** Show time of the picture the viewer sees, whole ms. */
  get atMs(): number | null {
    const time = this.#player?.pictureMs ?? null;
    return time === null ? null : Math.max(0, Math.round(time));
  }

  /** Reads the show and begins to listen; tries again by itself until it can. Called again it tries at once: there is one chain. */
  async enter(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#entering) return;
    this.#entering = true;
    try {
      await this.sync();
    } catch (error) {
      if (error instanceof Failure && error.code === "not_found") {
        this.missing = true;
        return;
      }
      this.reachable = false;
      this.#retry = setTimeout(() => void this.enter(), RETRY_MS);
      return;
    } finally {
      this.#entering = false;
    }
    if (this.#listening) return;
    this.api.did("view", null, null);
    this.pending.resume();
    if (this.route.sku !== null) this.look(this.route.sku);
    this.claims.look();
    this.#listen();
  }

  /** To be called every second while the page is open. */
  tick(): void {
    this.now = Date.now() + this.#ahead;
  }

  /** The picture begins in this element. */
  watch(video: HTMLVideoElement): () => void {
    const url = this.show?.flv_url;
    if (!url) return () => undefined;
    const player = new Player(video, url, {
      state: (state) => {
        this.playing = state;
        if (state === "playing") this.#seenLive = true;
      },
      behind: (seconds) => (this.behind = seconds),
    });
    this.#player = player;
    void player.start();
    const stop = this.#followPicture(video);
    return () => {
      stop();
      player.close();
    };
  }

  play(): void {
    void this.#player?.play();
  }

  /** Opens a product's sheet. */
  look(sku: string): void {
    this.openSku = sku;
    this.api.did("click", sku, this.atMs);
  }

  /** `id`: the message's own, the same when it is sent again. */
  async say(from: string, text: string, id = newId()): Promise<void> {
    this.#said.add(`${from}\n${text}`);
    await this.api.say(id, from, text, this.atMs);
    this.claims.look();
    this.api.did("comment", null, this.atMs);
  }

  /** `pins`: what is pinned is asked for, too. */
  async sync(pins = true): Promise<void> {
    const show = await this.api.show();
    this.reachable = true;
    this.show = show;
    this.#clock(show.now_us);
    this.#stock(show.shelf);
    this.onAir = show.live;
    if (pins && show.pin) this.#board.add(show.pin, performance.now(), true);
  }

  /** Reads what is sold, as `skus` names it; the pin itself comes right after it. */
  async #learn(skus: string[]): Promise<void> {
    const awaited = skus.filter((sku) => !this.shelf.some((product) => product.sku === sku));
    this.#awaited = awaited;
    await this.sync(false).catch(() => undefined);
    // What was told meanwhile is asked for by its own reading.
    if (this.#awaited === awaited) this.#awaited = [];
  }

  #clock(nowUs: number | undefined): void {
    if (nowUs) this.#ahead = nowUs / 1_000 - Date.now();
    this.tick();
  }

  #offers(open: Map<string, Offer>): void {
    for (const product of this.shelf) product.offer = open.get(product.sku);
  }

  #stock(shelf: Product[]): void {
    const open = this.open;
    if (open && !shelf.some((product) => product.sku === open.sku)) this.#left = gone(open);
    this.shelf = shelf;
  }

  #listen(): void {
    let first = true;
    this.#listening = listen(this.api.updatesUrl, {
      pin: (pin: Pin) => this.#board.add(pin, performance.now()),
      shelf: (skus) => {
        const shelf = arranged(this.shelf, skus);
        // Numbers go by the place in the order, which the page does not know by itself.
        const numbered = this.shelf.some((product) => product.number !== undefined);
        if (shelf && !numbered) this.#stock(shelf);
        else void this.#learn(skus);
      },
      stock: (sku, available, note) => {
        const product = this.shelf.find((entry) => entry.sku === sku);
        // A product that is not on this show's shelf is none of its business; what is new comes by `shelf`.
        if (product) [product.available, product.note] = [available, note];
      },
      offers: (open, nowUs) => {
        this.#clock(nowUs);
        this.#offers(open);
      },
      chat: (from, text) => this.#line(from, text),
      live: (live) => {
        this.onAir = live;
        if (live) this.#player?.hurry();
      },
      viewers: (count) => (this.viewers = count),
      ended: () => {
        this.ended = true;
        this.#player?.close();
      },
      connected: (connected) => {
        this.reachable = connected;
        // What was missed while the line was gone is read anew.
        if (connected && !first) void this.sync().catch(() => undefined);
        if (connected) first = false;
      },
    });
  }

  #line(from: string, text: string): void {
    const mine = this.#said.delete(`${from}\n${text}`);
    this.lines = [...this.lines.slice(1 - LINES_KEPT), { id: this.#nextLine++, from, text, mine }];
  }

  /** Changes the card with the picture it belongs to: looks at every frame where the browser tells, else at 20 Hz. */
  #followPicture(video: HTMLVideoElement): () => void {
    let stopped = false;
    const look = () => {
      const now = performance.now();
      const sku = this.#board.update(this.#player?.pictureMs ?? null, now);
      if (sku !== this.pinnedSku) this.pinnedSku = sku;
      if (this.#board.open !== this.#open) this.#open = this.#board.open;
      this.#dwell.look(document.hidden ? null : (this.openSku ?? sku), now);
    };
    const everyFrame = () => {
      look();
      if (!stopped) video.requestVideoFrameCallback(everyFrame);
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(everyFrame);
    const timer = setInterval(look, 50);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }
}
