/** Scenes of the simulated studio, drawn roughly as the real one draws them. */
import type { CanvasShape, Layer, Scene, SceneBook, Settings } from "../bindings";

const full = (id: string, part: Partial<Layer> = {}): Layer => ({
  content: { kind: "source", id },
  place: { x: 0, y: 0, width: 1, height: 1 },
  crop: { left: 0, top: 0, right: 0, bottom: 0 },
  fit: "contain",
  opacity: 1,
  hidden: false,
  ...part,
});
const at = (x: number, y: number, width: number, height: number) => ({ place: { x, y, width, height }, fit: "cover" as const });

const READY: Scene[] = [
  { name: "1", landscape: [full("1")], portrait: [full("1", { fit: "cover" })] },
  { name: "2", landscape: [full("2")], portrait: [full("2", { fit: "cover" })] },
  { name: "1 + 2", landscape: [full("1"), full("2", at(0.7, 0.05, 0.27, 0.27))], portrait: [full("1", { fit: "cover" }), full("2", at(0.6, 0.05, 0.36, 0.16))] },
  { name: "1 | 2", landscape: [full("1", at(0, 0, 0.5, 1)), full("2", at(0.5, 0, 0.5, 1))], portrait: [full("1", at(0, 0, 1, 0.5)), full("2", at(0, 0.5, 1, 0.5))] },
];

export function bookOf(settings: Settings): SceneBook {
  const names = [settings.source, ...settings.more_sources];
  return { ready: READY, own: settings.scenes, sources: names.map((name, i) => ({ id: `${i + 1}`, name })) };
}

/** Names in the order of the strip. */
export const namesOf = ({ ready, own }: SceneBook): string[] => [...new Set([...ready, ...own].map((scene) => scene.name))];

/** Draws the layers of a scene over `camera`, which stands for every source. */
export function drawScene(ctx: OffscreenCanvasRenderingContext2D, scene: Scene, shape: CanvasShape, camera: OffscreenCanvas): void {
  const { width, height } = ctx.canvas;
  ctx.globalAlpha = 1;
  ctx.fillStyle = "#000";
  ctx.fillRect(0, 0, width, height);
  for (const { content, place, fit, opacity, hidden, crop } of shape === "16:9" ? scene.landscape : scene.portrait) {
    if (hidden) continue;
    const [x, y, w, h] = [place.x * width, place.y * height, place.width * width, place.height * height];
    ctx.save();
    ctx.globalAlpha = opacity;
    if (content.kind === "source") {
      const [sw, sh] = [camera.width * (1 - crop.left - crop.right), camera.height * (1 - crop.top - crop.bottom)];
      const scale = fit === "cover" ? Math.max(w / sw, h / sh) : Math.min(w / sw, h / sh);
      const [dw, dh] = fit === "stretch" ? [w, h] : [sw * scale, sh * scale];
      ctx.beginPath();
      ctx.rect(x, y, w, h);
      ctx.clip();
      ctx.drawImage(camera, crop.left * camera.width, crop.top * camera.height, sw, sh, x + (w - dw) / 2, y + (h - dh) / 2, dw, dh);
    } else if (content.kind === "text") {
      ctx.font = `${content.weight === "bold" ? 700 : 400} ${content.size * height}px "Noto Sans CJK SC", sans-serif`;
      ctx.textAlign = content.align === "centre" ? "center" : content.align;
      ctx.fillStyle = content.colour;
      const left = content.align === "left" ? x : content.align === "right" ? x + w : x + w / 2;
      content.text.split("\n").forEach((line, i) => ctx.fillText(line, left, y + content.size * height * (i + 1), w));
    } else {
      ctx.fillStyle = content.kind === "colour" ? `rgb(${content.red} ${content.green} ${content.blue})` : "#5d6472";
      ctx.fillRect(x, y, w, h);
    }
    ctx.restore();
  }
}
