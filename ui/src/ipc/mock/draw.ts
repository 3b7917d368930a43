/** Pictures of the simulation: packages and the stall they are held up in. Drawn, so that nothing has to be shipped. */
import type { Good, Pack } from "./goods";

type Ctx = OffscreenCanvasRenderingContext2D;

export interface Held {
  good: Good;
  /** Centre and height as shares of the picture, turn in radians. */
  x: number;
  y: number;
  height: number;
  turn: number;
}

/** Width : height of each kind of package. */
const RATIO: Record<Pack, number> = { carton: 0.46, bottle: 0.4, can: 0.52, tube: 0.36, pouch: 0.68, box: 0.72, jar: 0.78 };

export const widthOf = (held: Held): number => held.height * RATIO[held.good.pack] * (9 / 16);

export function drawPack(ctx: Ctx, good: Good, height: number): void {
  const width = height * RATIO[good.pack];
  const [body, ink] = good.colors;
  const left = -width / 2;
  const top = -height / 2;
  ctx.save();
  ctx.lineJoin = "round";
  const shade = ctx.createLinearGradient(left, 0, -left, 0);
  shade.addColorStop(0, "rgba(0,0,0,.32)");
  shade.addColorStop(0.25, "rgba(255,255,255,.22)");
  shade.addColorStop(0.6, "rgba(255,255,255,0)");
  shade.addColorStop(1, "rgba(0,0,0,.34)");
  outline(ctx, good.pack, left, top, width, height);
  ctx.fillStyle = body;
  ctx.fill();
  ctx.save();
  ctx.clip();
  ctx.fillStyle = ink;
  ctx.fillRect(left, top + height * 0.36, width, height * 0.42);
  ctx.globalAlpha = 0.28;
  ctx.beginPath();
  ctx.arc(0, top + height * 0.92, width * 0.46, 0, Math.PI * 2);
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.fillStyle = body;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const size = Math.min(height * 0.2, (width * 1.5) / Math.max(2, good.label.length));
  ctx.font = `800 ${size}px "Noto Sans CJK SC", "Noto Sans SC", sans-serif`;
  ctx.fillText(good.label, 0, top + height * 0.55, width * 0.9);
  ctx.fillRect(left + width * 0.22, top + height * 0.68, width * 0.56, height * 0.014);
  ctx.fillRect(left + width * 0.3, top + height * 0.715, width * 0.4, height * 0.01);
  ctx.fillStyle = shade;
  ctx.fillRect(left, top, width, height);
  ctx.restore();
  ctx.restore();
}

function outline(ctx: Ctx, pack: Pack, x: number, y: number, w: number, h: number): void {
  ctx.beginPath();
  switch (pack) {
    case "carton":
      ctx.moveTo(x + w * 0.12, y);
      ctx.lineTo(x + w * 0.88, y);
      ctx.lineTo(x + w * 0.88, y + h * 0.06);
      ctx.lineTo(x + w, y + h * 0.18);
      ctx.lineTo(x + w, y + h);
      ctx.lineTo(x, y + h);
      ctx.lineTo(x, y + h * 0.18);
      ctx.lineTo(x + w * 0.12, y + h * 0.06);
      break;
    case "bottle":
      ctx.roundRect(x + w * 0.32, y, w * 0.36, h * 0.09, w * 0.05);
      ctx.roundRect(x + w * 0.37, y + h * 0.08, w * 0.26, h * 0.12, w * 0.04);
      ctx.roundRect(x, y + h * 0.18, w, h * 0.82, [w * 0.42, w * 0.42, w * 0.12, w * 0.12]);
      break;
    case "tube":
      ctx.moveTo(x, y);
      ctx.lineTo(x + w, y);
      ctx.lineTo(x + w * 0.84, y + h * 0.88);
      ctx.lineTo(x + w * 0.8, y + h);
      ctx.lineTo(x + w * 0.2, y + h);
      ctx.lineTo(x + w * 0.16, y + h * 0.88);
      break;
    case "jar":
      ctx.roundRect(x + w * 0.06, y, w * 0.88, h * 0.17, w * 0.05);
      ctx.roundRect(x, y + h * 0.16, w, h * 0.84, [w * 0.16, w * 0.16, w * 0.1, w * 0.1]);
      break;
    default:
      ctx.roundRect(x, y, w, h, pack === "can" ? w * 0.16 : pack === "pouch" ? w * 0.08 : w * 0.02);
  }
  ctx.closePath();
}

/** The stall behind the seller. Drawn once, copied into every frame. */
export function drawStall(ctx: Ctx, width: number, height: number, goods: Good[]): void {
  const wall = ctx.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, "#5a4334");
  wall.addColorStop(0.55, "#2c2530");
  wall.addColorStop(1, "#171a24");
  ctx.fillStyle = wall;
  ctx.fillRect(0, 0, width, height);
  [0.26, 0.56].forEach((line, row) => {
    for (let i = 0; i < 15; i++) {
      const good = goods[(i * 5 + row * 3) % goods.length];
      if (!good) continue;
      ctx.save();
      ctx.globalAlpha = 0.75;
      ctx.translate(width * (0.03 + i * 0.068), height * line - height * 0.075);
      drawPack(ctx, good, height * 0.15);
      ctx.restore();
    }
    ctx.fillStyle = "#7a553a";
    ctx.fillRect(0, height * line, width, height * 0.018);
    ctx.fillStyle = "rgba(0,0,0,.35)";
    ctx.fillRect(0, height * (line + 0.018), width, height * 0.02);
  });
  ctx.filter = "none";
  for (let i = 0; i < 12; i++) {
    const x = ((i * 137) % 100) / 100;
    const y = ((i * 53) % 40) / 100;
    const glow = ctx.createRadialGradient(x * width, y * height, 0, x * width, y * height, width * 0.06);
    glow.addColorStop(0, "rgba(255,205,130,.34)");
    glow.addColorStop(1, "rgba(255,205,130,0)");
    ctx.fillStyle = glow;
    ctx.fillRect(0, 0, width, height);
  }
}

/** One frame: stall, seller, and what is held up. `t` in seconds. */
export function drawFrame(ctx: Ctx, width: number, height: number, stall: OffscreenCanvas, t: number, held: Held[]): void {
  ctx.filter = "blur(2px)";
  ctx.drawImage(stall, 0, 0, width, height);
  ctx.filter = "none";
  ctx.fillStyle = "rgba(10,10,16,.3)";
  ctx.fillRect(0, 0, width, height);
  drawSeller(ctx, width, height, t);
  ctx.fillStyle = "#8a6142";
  ctx.fillRect(0, height * 0.9, width, height * 0.1);
  ctx.fillStyle = "rgba(255,255,255,.1)";
  ctx.fillRect(0, height * 0.9, width, height * 0.008);
  for (const thing of held) {
    ctx.save();
    ctx.translate(thing.x * width, thing.y * height);
    ctx.rotate(thing.turn);
    ctx.shadowColor = "rgba(0,0,0,.5)";
    ctx.shadowBlur = 24;
    drawPack(ctx, thing.good, thing.height * height);
    ctx.shadowColor = "transparent";
    drawHand(ctx, thing, height);
    ctx.restore();
  }
}

function drawSeller(ctx: Ctx, width: number, height: number, t: number): void {
  const x = width * (0.64 + 0.008 * Math.sin(t * 0.7));
  const y = height * (0.36 + 0.006 * Math.sin(t * 1.3));
  const unit = height * 0.13;
  ctx.fillStyle = "#2b3a55";
  ctx.beginPath();
  ctx.roundRect(x - unit * 1.9, y + unit * 1.15, unit * 3.8, height, unit * 1.1);
  ctx.fill();
  ctx.fillStyle = "#d9572b";
  ctx.beginPath();
  ctx.roundRect(x - unit * 1.05, y + unit * 2, unit * 2.1, height, unit * 0.25);
  ctx.fill();
  ctx.fillStyle = "#d8a583";
  ctx.fillRect(x - unit * 0.32, y + unit * 0.6, unit * 0.64, unit * 0.8);
  ctx.fillStyle = "#231a18";
  ctx.beginPath();
  ctx.ellipse(x, y - unit * 0.16, unit * 0.98, unit * 1.12, 0, 0, Math.PI * 2);
  ctx.fill();
  ctx.fillStyle = "#e5b694";
  ctx.beginPath();
  ctx.ellipse(x, y + unit * 0.1, unit * 0.76, unit * 0.92, 0, 0, Math.PI * 2);
  ctx.fill();
  ctx.fillStyle = "#231a18";
  ctx.beginPath();
  ctx.ellipse(x, y - unit * 0.62, unit * 0.8, unit * 0.4, 0, 0, Math.PI * 2);
  ctx.fill();
  const blink = Math.sin(t * 2.1) > 0.985 ? 0.02 : 0.09;
  for (const side of [-1, 1]) {
    ctx.beginPath();
    ctx.ellipse(x + side * unit * 0.28, y + unit * 0.08, unit * 0.07, unit * blink, 0, 0, Math.PI * 2);
    ctx.fill();
  }
  ctx.strokeStyle = "#9c4a3c";
  ctx.lineWidth = unit * 0.07;
  ctx.lineCap = "round";
  ctx.beginPath();
  ctx.arc(x, y + unit * 0.36, unit * 0.24, 0.25, Math.PI - 0.25);
  ctx.stroke();
}

function drawHand(ctx: Ctx, held: Held, height: number): void {
  const h = held.height * height;
  const w = h * RATIO[held.good.pack];
  ctx.fillStyle = "#e0ad8a";
  ctx.beginPath();
  ctx.roundRect(-h * 0.13, h * 0.47, h * 0.3, h * 0.6, h * 0.08);
  ctx.fill();
  for (let finger = 0; finger < 4; finger++) {
    ctx.beginPath();
    ctx.roundRect(-w / 2 - h * 0.035, h * (0.14 + finger * 0.085), w * 0.36, h * 0.075, h * 0.038);
    ctx.fill();
  }
  ctx.beginPath();
  ctx.roundRect(w / 2 - w * 0.2, h * 0.16, w * 0.28, h * 0.3, h * 0.05);
  ctx.fill();
}
