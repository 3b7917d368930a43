/** A studio without a studio: for work on the cockpit and for its tests. `?scene=` picks the trouble it is in. */
import { fileCalls } from "./files";
import type { Backend } from "../backend";
import { MockClaims, claimCalls } from "./claims";
import { conflictCalls } from "./conflicts";
import type { CanvasShape, Failure, LiveLine, OrderView, PlatformStatus, ProductView, Scene as SceneView, Settings, Snapshot } from "../bindings";
import { drawFrame, drawPack, drawStall } from "./draw";
import { GOODS, type Good, eanOf, manyGoods } from "./goods";
import { ADDRESS_TAKEN, CHANGES_WAIT, CHECKS, DEVICES, ENCODERS, PLATFORM_AWAY, WRONG_PASSWORD, digest, spareDestination, startDestinations, startSettings, wrongAddress } from "./office";
import { MockDestinations } from "./destinations";
import { MockImport } from "./import";
import { MockLessons, lessonCalls } from "./lessons";
import { SHUT, type Unlocked, behindLock } from "./lock";
import { MockOffers, offerCalls } from "./offers";
import { Fulfilment, fulfilmentCalls, startOrders, startRefused } from "./orders";
import { destinationCalls } from "./outputs";
import { mustBeConfirmed, typed } from "./prices";
import { MOST, NO_MODEL, photosOf, type Rehearsed, rehearse, turnOf } from "./rehearsal";
import { MockRunThrough, ON_AIR, runThroughCalls } from "./runThrough";
import { bookOf, drawScene, namesOf } from "./stage";
import { MockShow } from "./show";
import { MockTill } from "./till";
import { troubleOf } from "./trouble";

export type Scene = "idle" | "live" | "degraded" | "camera-lost" | "offline" | "no-models" | "empty" | "broken" | "no-destinations" | "room-closed" | "loading" | "large" | "full" | "no-code" | "locked" | "no-key" | "passphrase";

const LARGE = 100_000;
/** Shops without a running order: one too large to be rehearsed, and one that just can be. */
const NO_ORDER: readonly Scene[] = ["large", "full"];
const never = <T>(): Promise<T> => new Promise<T>(() => {});
const fail = (failure: Failure): Promise<never> => Promise.reject(failure);
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function mockBackend(query: URLSearchParams): Backend {
  const scene = (query.get("scene") ?? "idle") as Scene;
  const language = (query.get("lang") ?? navigator.language).startsWith("zh") ? "zh" : "en";
  if (scene === "loading") return loading();
  return behindLock(scene, new Simulation(scene, language, query).backend());
}

/** Nothing answers: what the first second of a slow start looks like. */
function loading(): Backend {
  return new Proxy({} as Backend, {
    // A promise that resolves to this must not take it for a promise.
    get: (_, name) => (name === "then" ? undefined : typeof name === "string" && name.startsWith("on") ? () => Promise.resolve(() => {}) : () => never()),
  });
}

class Simulation {
  private goods: Map<string, Good>;
  private stock = new Map<string, number>();
  private photos = new Map<string, Uint8Array | Good>();
  private products = new Map<string, ProductView>();
  private orders: OrderView[] = [];
  private readonly fulfilment: Fulfilment;
  private readonly till: MockTill;
  private readonly claims: MockClaims;
  private readonly offers: MockOffers;
  private destinations: MockDestinations;
  private settings: Settings;
  /** Who is signed in at the platform; null: the studio's own account. */
  private person: string | null = null;
  private show: MockShow;
  private lessons: MockLessons;
  private through: MockRunThrough;
  private table = new MockImport();
  /** How often the list of destinations was asked for. */
  private asked = 0;
  private snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  private liveListeners = new Set<(line: LiveLine) => void>();
  private clock = 3;
  private frame = 0;
  private draft: { scene: SceneView; shape: CanvasShape } | null = null;
  private canvas = new OffscreenCanvas(960, 540);
  private stall = new OffscreenCanvas(960, 540);

  constructor(
    private scene: Scene,
    private language: "zh" | "en",
    query: URLSearchParams,
  ) {
    const stocked = scene === "empty" ? [] : scene === "full" ? manyGoods(MOST) : GOODS;
    this.goods = new Map(stocked.map((good) => [good.sku, good]));
    for (const good of stocked) this.addGood(good);
    const spare = scene === "room-closed" ? [spareDestination(language)] : [];
    this.destinations = new MockDestinations(scene === "empty" ? [] : [...startDestinations(language), ...spare]);
    this.settings = { ...startSettings(language), language: query.get("lang"), theme: (query.get("theme") as Settings["theme"]) ?? "system" };
    const trouble = troubleOf(scene);
    const emit = (line: LiveLine) => {
      if (line.event === "order") this.bookOrder(line);
      this.liveListeners.forEach((listener) => listener(line));
    };
    const available = (sku: string) => this.stock.get(sku) ?? 0;
    const sell = (sku: string) => {
      const left = available(sku);
      if (left > 0) this.moveStock(sku, -1);
      return left > 0 ? 1 : 0;
    };
    this.show = new MockShow(this.goods, this.destinations, language, trouble, emit, available, sell);
    if (NO_ORDER.includes(scene)) this.show.order = [];
    this.show.photo = (sku) => this.products.get(sku)?.photos[0] ?? null;
    this.lessons = new MockLessons(stocked, (sku) => this.products.get(sku)?.title, emit);
    this.through = new MockRunThrough(this.goods, () => this.rehearsed().products);
    this.orders = startOrders(stocked);
    this.claims = new MockClaims(stocked, language, trouble.platformOffline, scene !== "no-models");
    this.offers = new MockOffers((sku) => this.products.get(sku));
    this.till = new MockTill(this.orders, (sku) => this.products.get(sku), (sku, delta) => this.moveStock(sku, delta));
    this.fulfilment = new Fulfilment(this.orders, (order) => this.till.more(order), scene === "degraded" ? startRefused(stocked, this.orders) : [], (order) => order.lines.forEach((line) => this.moveStock(line.sku, line.qty)), stocked);
    addEventListener("mock-platform-back", () => this.show.announceShow());
    // A test lets the studio say something.
    addEventListener("mock-event", (event) => event instanceof CustomEvent && emit({ t_ms: 0, ...event.detail } as LiveLine));
    const stall = this.stall.getContext("2d");
    if (stall) drawStall(stall, 960, 540, GOODS);
    if (!["idle", "empty", "broken", "no-destinations", "no-code", ...Object.keys(SHUT), ...NO_ORDER].includes(scene)) setTimeout(() => this.show.start(scene === "degraded" ? 3506 : 5049), 0);
    setInterval(() => this.tick(0.1), 100);
  }

  backend(): Unlocked {
    const broken = this.scene === "broken";
    const damaged: Failure = {
      code: "damaged",
      message: "can't read the database studio.db",
      hint: "restore a backup with hawker backup restore",
      retryable: false,
    };
    return {
      snapshot: async () => this.snapshot(),
      liveStart: async ({ destinations }) => {
        await wait(300);
        if (broken) {
          const reason = { why: "source_busy", thing: { kind: "camera", name: "HD Pro Webcam" }, values: {} } as const;
          const hint = "close that program and try again";
          await fail({ code: "source_unavailable", message: 'camera "HD Pro Webcam" is in use by another program', hint, retryable: true, reason });
        }
        this.show.start(0, destinations);
      },
      liveEnd: async () => this.show.end(),
      ...lessonCalls(this.show, this.lessons),
      ...(broken && { catalogueLessons: () => fail(damaged) }),
      ...fileCalls(this.show, this.scene),
      ...destinationCalls(this.show, this.destinations),
      liveScene: async (name) => this.show.showScene(name),
      liveStage: async (name) => {
        this.draft = null;
        this.show.stage(name);
      },
      sceneBook: async () => bookOf(this.settings),
      liveStageDraft: async (scene, shape) => {
        this.draft = { scene, shape };
        this.show.stage(scene.name);
      },
      liveTake: async () => this.show.take(),
      previewNext: () => this.nextFrame(),
      stagedNext: () => this.nextFrame(this.draft),
      devicesList: async () => (this.scene === "empty" ? [] : DEVICES),
      encodersList: async () => (broken ? fail(damaged) : ENCODERS),
      catalogueList: async (query, offset, limit) => {
        if (broken) await fail(damaged);
        await wait(60);
        return this.page(query, offset, limit);
      },
      catalogueQuestion: async (draft) => typed(draft, this.products.get(draft.sku)).question,
      catalogueSave: async (draft, confirmed) => {
        const { product, question } = typed(draft, this.products.get(draft.sku));
        mustBeConfirmed(question, confirmed, draft.sku, "confirm it if it is meant");
        this.products.set(draft.sku, product);
        return product;
      },
      catalogueRemove: async (sku) => {
        this.products.delete(sku);
        this.show.order = this.show.order.filter((one) => one !== sku);
      },
      catalogueImport: (path, dryRun) => this.table.run(path, dryRun),
      catalogueImportStop: async () => this.table.stop(),
      catalogueAddPhoto: async (sku, bytes) => {
        // As in the store: the same picture is kept once, under the id it has.
        const id = `${sku}#${digest(bytes)}`;
        this.photos.set(id, bytes);
        this.patch(sku, (product) => ({ ...product, photos: [...new Set([...product.photos, id])] }));
        return id;
      },
      cataloguePhoto: (id, thumbnail) => this.photo(id, thumbnail ? 96 : 320),
      catalogueRemovePhoto: async (id) => {
        const sku = id.split("#")[0] ?? "";
        this.patch(sku, (product) => ({ ...product, photos: product.photos.filter((one) => one !== id) }));
      },
      catalogueRehearse: () => rehearse(this.rehearsed(), broken ? damaged : this.scene === "no-models" ? NO_MODEL : null),
      ...runThroughCalls(this.through, () => (broken ? damaged : this.show.running ? ON_AIR : this.scene === "no-models" ? NO_MODEL : null)),
      stockMove: async (sku, delta) => {
        if (delta > 0) this.claims.promote(sku, delta);
        return this.moveStock(sku, delta);
      },
      ...claimCalls(this.claims, broken ? damaged : null),
      ...offerCalls(this.offers, broken ? damaged : null),
      runningOrderSet: async (skus) => void (this.show.order = skus),
      ordersList: async (limit) => {
        if (broken) await fail(damaged);
        return this.orders.slice(0, limit);
      },
      ...conflictCalls(this.scene === "degraded" ? [...this.goods.values()] : [], this.products),
      ...fulfilmentCalls(this.fulfilment, this.scene === "offline" ? PLATFORM_AWAY : null),
      ...this.till.calls(),
      destinationsList: async () => {
        // That scene gets well when it is asked a third time: at the start, at "go live", at "try again".
        if (this.scene === "no-destinations" && this.asked++ < 2) await fail(damaged);
        return this.destinations.all;
      },
      platformStatus: async () => this.platform(),
      platformSignIn: async (email, password) => {
        await wait(400);
        if (password === "wrong") await fail(WRONG_PASSWORD);
        return this.signedIn(email);
      },
      platformSignUp: async (email) => {
        await wait(400);
        if (email.startsWith("taken@")) await fail(ADDRESS_TAKEN);
        return this.signedIn(email);
      },
      platformChangePassword: async (password) => {
        await wait(400);
        if (password === "wrong") await fail(WRONG_PASSWORD);
        return this.platform();
      },
      platformSignOut: async () => this.signedIn(null),
      settingsGet: async () => this.settings,
      settingsSet: async (settings, goAlong) => {
        const wrong = wrongAddress(settings);
        if (wrong) await fail(wrong);
        const moves = settings.platform_url !== this.settings.platform_url;
        if (moves && !goAlong && this.platform().waiting_to_sync > 0) await fail(CHANGES_WAIT);
        if (moves) this.show.platformAfterShow = this.show.running;
        if (settings.studio_mode !== this.settings.studio_mode) this.show.studioMode(settings.studio_mode);
        this.show.scenes = namesOf(bookOf(settings));
        return (this.settings = settings);
      },
      soundSet: async (input, change) => this.show.sound.set(input, change),
      soundMix: async (change) => this.show.sound.setMix(change),
      soundMeters: async () => this.show.sound.meters(),
      soundMonitor: async (of) => this.show.sound.monitor(of),
      soundHeadphones: async (device) => this.show.sound.listenOn(device),
      doctor: async () => {
        await wait(400);
        return CHECKS;
      },
      pickFile: async (kind) => ({ catalogue: "~/Documents/catalogue.csv", statement: "~/Downloads/statement.csv" } as Record<string, string>)[kind] ?? "~/Videos/clip.mp4",
      onSnapshot: async (listener) => {
        this.snapshotListeners.add(listener);
        return () => this.snapshotListeners.delete(listener);
      },
      onLive: async (listener) => {
        this.liveListeners.add(listener);
        return () => this.liveListeners.delete(listener);
      },
      onImport: async (listener) => this.table.listen(listener),
      onClose: async (listener) => {
        // A test closes the window with this event, as the system would.
        addEventListener("mock-close", listener);
        return () => removeEventListener("mock-close", listener);
      },
      windowAsks: async () => {},
      windowStay: async () => {},
      windowClose: async () => {
        this.show.end();
        document.body.dataset.closed = "";
      },
    };
  }

  private platform(): PlatformStatus {
    const { platform, platform_after_show, waiting_to_sync } = this.show.snapshot(this.clock);
    return {
      address: this.settings.platform_url,
      state: platform,
      account: this.person === null ? { kind: "own" } : { kind: "person", email: this.person },
      trouble: platform === "offline" ? PLATFORM_AWAY : null,
      after_show: platform_after_show,
      waiting_to_sync,
    };
  }

  private signedIn(email: string | null): PlatformStatus {
    this.person = email?.trim() ?? null;
    return this.platform();
  }

  private tick(dt: number): void {
    this.clock += dt;
    this.show.tick(dt);
    this.through.tick(dt);
    const snapshot = this.snapshot();
    this.snapshotListeners.forEach((listener) => listener(snapshot));
  }

  private snapshot(): Snapshot {
    return { ...this.show.snapshot(this.clock), run_through: this.through.view(), claims_heard: this.claims.heard };
  }

  private async nextFrame(draft: Simulation["draft"] = null): Promise<ArrayBuffer> {
    await wait(50);
    if (this.scene === "empty" || this.scene === "camera-lost") return new ArrayBuffer(0);
    const t = this.show.running ? this.show.t : this.clock;
    const ctx = this.canvas.getContext("2d");
    if (!ctx) return new ArrayBuffer(0);
    drawFrame(ctx, 960, 540, this.stall, t, this.through.held() ?? this.show.held(t));
    const size: [number, number] = draft?.shape === "9:16" ? [304, 540] : [960, 540];
    const staged = draft && new OffscreenCanvas(...size);
    const drawing = staged?.getContext("2d");
    if (draft && drawing) drawScene(drawing, draft.scene, draft.shape, this.canvas);
    const jpeg = await (staged ?? this.canvas).convertToBlob({ type: "image/jpeg", quality: 0.8 });
    const header = new ArrayBuffer(8);
    new DataView(header).setBigUint64(0, BigInt(++this.frame));
    return new Blob([header, jpeg]).arrayBuffer();
  }

  private page(query: string, offset: number, limit: number) {
    if (this.scene === "large") {
      const products = Array.from({ length: Math.max(0, Math.min(limit, LARGE - offset)) }, (_, i) => this.nth(offset + i));
      return { products: products.filter((one) => one !== undefined), total: LARGE, or_more: false };
    }
    const found = [...this.products.values()].filter((one) => `${one.sku} ${one.title} ${one.brand} ${one.barcode}`.toLowerCase().includes(query.toLowerCase()));
    return { products: found.slice(offset, offset + limit), total: found.length, or_more: false };
  }

  /** The running order, or the whole catalogue where there is none. */
  private rehearsed(): Rehearsed {
    const order = this.show.order.map((sku) => this.products.get(sku)).filter((one) => one !== undefined);
    return order.length > 0 ? { scope: "order", products: order } : { scope: "all", products: this.page("", 0, MOST + 1).products };
  }

  private nth(index: number): ProductView | undefined {
    const all = [...this.products.values()];
    const base = all[index % all.length];
    return base && { ...base, sku: `${base.sku}-${index}` };
  }

  private addGood(good: Good): void {
    const photos = photosOf(good.sku);
    for (const id of photos) this.photos.set(id, good);
    this.stock.set(good.sku, good.onHand);
    this.products.set(good.sku, {
      sku: good.sku,
      title: this.language === "zh" ? good.zh : good.en,
      brand: good.brand,
      category: good.category,
      description: "",
      price: { minor: good.price, currency: "CNY" },
      barcode: eanOf(`69${good.price * 7919 + 1_000_000_000}`),
      on_hand: good.onHand,
      reserved: good.onHand > 30 ? 2 : 0,
      photos,
    });
  }

  private async photo(id: string, size: number): Promise<ArrayBuffer> {
    const found = this.photos.get(id);
    if (!found) return fail({ code: "not_found", message: `no photo ${id}`, retryable: false });
    if (found instanceof Uint8Array) return found.slice().buffer;
    const canvas = new OffscreenCanvas(size, size);
    const ctx = canvas.getContext("2d");
    if (ctx) {
      ctx.fillStyle = "#fff";
      ctx.fillRect(0, 0, size, size);
      ctx.translate(size / 2, size / 2);
      ctx.rotate(turnOf(id));
      drawPack(ctx, found, size * 0.86);
    }
    return (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer();
  }

  private patch(sku: string, change: (product: ProductView) => ProductView): void {
    const product = this.products.get(sku);
    if (product) this.products.set(sku, change(product));
  }

  private moveStock(sku: string, delta: number): ProductView {
    this.stock.set(sku, (this.stock.get(sku) ?? 0) + delta);
    this.patch(sku, (product) => ({ ...product, on_hand: this.stock.get(sku) ?? 0 }));
    const product = this.products.get(sku);
    if (!product) throw { code: "not_found", message: `no product ${sku}`, retryable: false } satisfies Failure;
    return product;
  }

  private bookOrder(line: Extract<LiveLine, { event: "order" }>): void {
    const { id, source, lines, total_minor, currency } = line;
    const total = { minor: total_minor, currency };
    this.orders.unshift({ id, source, state: "paid", lines, total, buyer: "138****80", placed_at_ms: Date.now(), payment: null });
  }
}
