/** Scenes being made: what is changed, and how. Pure. */
import type { CanvasShape, Content, Layer, Place, Scene } from "../../ipc";

export interface Item {
  scene: Scene;
  /** Kept by the host; else one of the ready-made ones. */
  own: boolean;
}

export const MOST_LAYERS = 16;
export const MOST_SCENES = 32;
const NAME_CHARS = 40;
const TEXT_CHARS = 500;
/** Smaller than this nothing is seen, and nothing can be gripped. */
const LEAST = 0.02;
/** As far as a place may reach, in canvases. */
const FARTHEST = 2;
/** So near to a guide a place jumps onto it. */
const SNAP = 0.012;

/** The ready-made scenes with the host's own put over those of their name, then the rest of the host's. */
export function itemsOf(ready: readonly Scene[], own: readonly Scene[]): Item[] {
  const named = (scenes: readonly Scene[], name: string) => scenes.find((scene) => scene.name === name);
  const first = ready.map((scene) => ({ scene: named(own, scene.name) ?? scene, own: named(own, scene.name) !== undefined }));
  return [...first, ...own.filter((scene) => !named(ready, scene.name)).map((scene) => ({ scene, own: true }))];
}

export const ownOf = (items: readonly Item[]): Scene[] => items.filter((item) => item.own).map((item) => item.scene);

export const layersOf = (scene: Scene, shape: CanvasShape): Layer[] => (shape === "16:9" ? scene.landscape : scene.portrait);

export const withLayers = (scene: Scene, shape: CanvasShape, layers: Layer[]): Scene => (shape === "16:9" ? { ...scene, landscape: layers } : { ...scene, portrait: layers });

/** A name that no scene has: "Pause", "Pause 2", and so on. */
export function freeName(items: readonly Item[], wish: string): string {
  const taken = new Set(items.map((item) => item.scene.name));
  for (let n = 1; ; n++) {
    const name = n === 1 ? wish : `${wish} ${n}`;
    if (!taken.has(name)) return name;
  }
}

/** The list with what is at `at` one place further on (+1) or back (-1), as far as it goes. */
export function shifted<T>(list: readonly T[], at: number, by: 1 | -1): T[] {
  const [one, other] = [list[at], list[at + by]];
  if (one === undefined || other === undefined) return [...list];
  return list.map((each, i) => (i === at ? other : i === at + by ? one : each));
}

/** Only the host's own scenes move, and only among themselves: the ready-made ones come first. */
export const canShift = (items: readonly Item[], at: number, by: 1 | -1): boolean => (items[at]?.own ?? false) && (items[at + by]?.own ?? false);

export function newLayer(content: Content): Layer {
  const words = content.kind === "text" || content.kind === "image";
  const place = words ? { x: 0.1, y: 0.7, width: 0.8, height: 0.2 } : { x: 0, y: 0, width: 1, height: 1 };
  return { content, place, crop: { left: 0, top: 0, right: 0, bottom: 0 }, fit: "contain", opacity: 1, hidden: false };
}

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
/** Thousandths of the canvas: finer than a pixel of the preview. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;

function tidy({ x, y, width, height }: Place): Place {
  const [w, h] = [within(width, LEAST, FARTHEST), within(height, LEAST, FARTHEST)];
  return { x: rounded(within(x, -w + LEAST, 1 - LEAST)), y: rounded(within(y, -h + LEAST, 1 - LEAST)), width: rounded(w), height: rounded(h) };
}

/** How far a span from `start` has to move so that one of its ends or its middle lies on a guide; 0 where none is near. */
function pull(start: number, length: number): number {
  const ways = [0, 0.5, 1].flatMap((guide) => [start, start + length / 2, start + length].map((point) => guide - point));
  const best = ways.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
  return Math.abs(best) <= SNAP ? best : 0;
}

/** The place moved by shares of the canvas; `snap` lets it jump onto edges and middle. */
export function moved(place: Place, dx: number, dy: number, snap: boolean): Place {
  const [x, y] = [place.x + dx, place.y + dy];
  return tidy({ ...place, x: snap ? x + pull(x, place.width) : x, y: snap ? y + pull(y, place.height) : y });
}

export const GRIPS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Grip = (typeof GRIPS)[number];

/** The place with the gripped sides moved by shares of the canvas. `keep`: its shape stays; only corners can do that. */
export function resized(place: Place, grip: Grip, dx: number, dy: number, keep: boolean): Place {
  let { x, y, width, height } = place;
  const [west, north] = [grip.includes("w"), grip.includes("n")];
  if (west || grip.includes("e")) width = Math.max(LEAST, width + (west ? -dx : dx));
  if (north || grip.includes("s")) height = Math.max(LEAST, height + (north ? -dy : dy));
  if (keep && grip.length === 2) height = (width * place.height) / place.width;
  if (west) x = place.x + place.width - width;
  if (north) y = place.y + place.height - height;
  return tidy({ x, y, width, height });
}

export type Problem =
  | { code: "name" | "sameName" | "longName" | "manyScenes"; scene: string }
  | { code: "manyLayers" | "emptyText" | "longText" | "unknownSource"; scene: string; shape: CanvasShape };

/** What keeps the scenes from being saved. A source that is not there now is only told: it may be plugged in for the show. */
export const stops = (problem: Problem): boolean => problem.code !== "unknownSource";

export function problems(items: readonly Item[], sources: readonly string[]): Problem[] {
  const found: Problem[] = [];
  const own = items.filter((item) => item.own).map((item) => item.scene);
  if (own.length > MOST_SCENES) found.push({ code: "manyScenes", scene: "" });
  for (const scene of own) {
    const name = scene.name.trim();
    if (name === "") found.push({ code: "name", scene: scene.name });
    if ([...name].length > NAME_CHARS) found.push({ code: "longName", scene: scene.name });
    if (items.filter((item) => item.scene.name.trim() === name).length > 1) found.push({ code: "sameName", scene: scene.name });
    for (const shape of ["16:9", "9:16"] as const) {
      const layers = layersOf(scene, shape);
      const say = (code: Extract<Problem, { shape: CanvasShape }>["code"]) => found.push({ code, scene: scene.name, shape });
      if (layers.length > MOST_LAYERS) say("manyLayers");
      const texts = layers.flatMap(({ content }) => (content.kind === "text" ? [content.text] : []));
      if (texts.some((text) => text.trim() === "")) say("emptyText");
      if (texts.some((text) => [...text].length > TEXT_CHARS)) say("longText");
      if (layers.some(({ content }) => content.kind === "source" && !sources.includes(content.id))) say("unknownSource");
    }
  }
  return found;
}

export const hex = (red: number, green: number, blue: number): string => `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** Red, green and blue of "#rrggbb". */
export function rgb(text: string): { red: number; green: number; blue: number } {
  const part = (at: number) => Number.parseInt(text.slice(at, at + 2), 16) || 0;
  return { red: part(1), green: part(3), blue: part(5) };
}
