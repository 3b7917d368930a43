/** The scenes on the bench: what is chosen, what was changed, and the way back. */
import type { CanvasShape, Content, Layer, Place, Scene, SceneBook } from "../../ipc";
import { type Item, freeName, itemsOf, layersOf, newLayer, ownOf, problems, shifted, withLayers } from "./model";

/** Steps that can be taken back. */
const STEPS = 100;
/** Nudges of one kind within this time are one step. */
const SAME_STEP_MS = 900;

interface Step {
  items: Item[];
  at: number;
  layer: number | null;
}

export class Editor {
  items = $state.raw<Item[]>([]);
  /** The chosen scene, and its chosen layer. */
  at = $state(0);
  layer = $state<number | null>(null);
  shape = $state<CanvasShape>("16:9");
  private past = $state.raw<Step[]>([]);
  private future = $state.raw<Step[]>([]);
  private saved = $state.raw("");
  private lastKind = "";
  private lastAt = 0;
  readonly sources: string[];

  constructor(
    private readonly book: SceneBook,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.sources = book.sources.map((source) => source.id);
    this.items = itemsOf(book.ready, book.own);
    this.saved = JSON.stringify(ownOf(this.items));
  }

  get scene(): Scene | undefined {
    return this.items[this.at]?.scene;
  }

  get layers(): Layer[] {
    return this.scene ? layersOf(this.scene, this.shape) : [];
  }

  get chosen(): Layer | undefined {
    return this.layer === null ? undefined : this.layers[this.layer];
  }

  get own(): Scene[] {
    return ownOf(this.items).map((scene) => ({ ...scene, name: scene.name.trim() }));
  }

  get changed(): boolean {
    return JSON.stringify(ownOf(this.items)) !== this.saved;
  }

  get problems() {
    return problems(this.items, this.sources);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  markSaved(): void {
    this.saved = JSON.stringify(ownOf(this.items));
  }

  choose(at: number): void {
    [this.at, this.layer] = [at, null];
  }

  undo(): void {
    this.travel("past", "future");
  }

  redo(): void {
    this.travel("future", "past");
  }

  private travel(from: "past" | "future", to: "past" | "future"): void {
    const step = this[from].at(-1);
    if (!step) return;
    this[from] = this[from].slice(0, -1);
    this[to] = [...this[to], this.here()];
    [this.items, this.at, this.layer] = [step.items, step.at, step.layer];
    this.lastKind = "";
  }

  private here(): Step {
    return { items: this.items, at: this.at, layer: this.layer };
  }

  /** Notes where things stand, so that what follows can be taken back. Steps of the same `kind` that follow soon are one. */
  note(kind: string): void {
    const now = this.now();
    const same = kind === this.lastKind && now - this.lastAt < SAME_STEP_MS;
    [this.lastKind, this.lastAt] = [kind, now];
    if (same) return;
    this.past = [...this.past.slice(1 - STEPS), this.here()];
    this.future = [];
  }

  private set(items: Item[], at = this.at, layer = this.layer): void {
    [this.items, this.at, this.layer] = [items, at, layer];
  }

  private put(scene: Scene): void {
    this.set(this.items.map((item, i) => (i === this.at ? { scene, own: true } : item)));
  }

  private putLayers(layers: Layer[], layer = this.layer): void {
    if (!this.scene) return;
    this.put(withLayers(this.scene, this.shape, layers));
    this.layer = layer;
  }

  addScene(wish: string): void {
    this.note("add scene");
    const scene: Scene = { name: freeName(this.items, wish), landscape: [], portrait: [] };
    this.set([...this.items, { scene, own: true }], this.items.length, null);
  }

  duplicate(wish: (name: string) => string): void {
    if (!this.scene) return;
    this.note("duplicate");
    const scene = { ...this.scene, name: freeName(this.items, wish(this.scene.name)) };
    this.set([...this.items, { scene, own: true }], this.items.length, null);
  }

  rename(name: string): void {
    if (!this.scene) return;
    this.note("rename");
    const before = this.items[this.at];
    // A ready-made scene stays what it is called: under another name it is another one.
    if (before && !before.own) this.set([...this.items, { scene: { ...before.scene, name }, own: true }], this.items.length, null);
    else this.put({ ...this.scene, name });
  }

  /** A scene of the host's goes; one that lay over a ready-made one gives it free again. */
  removeScene(): void {
    const item = this.items[this.at];
    if (!item?.own) return;
    this.note("remove scene");
    const items = itemsOf(this.book.ready, ownOf(this.items).filter((scene) => scene !== item.scene));
    this.set(items, Math.min(this.at, items.length - 1), null);
  }

  shiftScene(by: 1 | -1): void {
    this.note("order scenes");
    this.set(shifted(this.items, this.at, by), this.at + by);
  }

  addLayer(content: Content): void {
    this.note("add layer");
    this.putLayers([...this.layers, newLayer(content)], this.layers.length);
  }

  removeLayer(at: number): void {
    this.note("remove layer");
    this.putLayers(this.layers.filter((_, i) => i !== at), null);
  }

  shiftLayer(at: number, by: 1 | -1): void {
    this.note("order layers");
    this.putLayers(shifted(this.layers, at, by), this.layer === at ? at + by : this.layer === at + by ? at : this.layer);
  }

  /** Changes a layer; the caller notes where things stood. */
  change(at: number, part: Partial<Layer>): void {
    this.putLayers(this.layers.map((layer, i) => (i === at ? { ...layer, ...part } : layer)));
  }

  /** As [`change`], noted as a step of this kind. */
  step(kind: string, part: Partial<Layer>): void {
    if (this.layer === null) return;
    this.note(`${kind} ${this.at} ${this.layer}`);
    this.change(this.layer, part);
  }

  /** Puts another layer where the chosen one is; the caller notes where things stood. */
  replace(layer: Layer): void {
    this.putLayers(this.layers.map((each, i) => (i === this.layer ? layer : each)));
  }

  place(at: number, place: Place): void {
    this.change(at, { place });
  }

  /** The other canvas gets the layers of this one. */
  copyToOther(): void {
    if (!this.scene) return;
    this.note("copy");
    this.put({ ...this.scene, landscape: this.layers, portrait: this.layers });
  }
}
