/** The simulated rehearsal: what it finds follows from how many photos the goods have, and from what is wrong with some. */
import type { AdviceView, Failure, LookAlikesView, ProductView, ReadinessView, RehearsalView } from "../bindings";
import { goodOf } from "./goods";

/** Long enough to be seen, and for a dialog to be closed in the middle. */
export const LOOK_MS = 900;
/** As many are rehearsed at most. */
export const MOST = 500;
const ENOUGH = 3;

/** Photos that the goods have at first, where they are not five. */
const PHOTOS: Record<string, number> = { "OAT-1L": 6, "TEA-JAS": 8, "CHILI-280": 4, "COLA-330": 2, "HAND-75": 0, "NUT-500": 4, "COF-12": 7 };

interface Flaw {
  /** Photos that are not known, and that are known without being sure. */
  missed?: number;
  unsure?: number;
  dark?: number;
  blurred?: number;
  small?: number;
  scattered?: boolean;
  /** The good it is taken for, and the one that has the same photo. */
  alike?: string;
  same?: string;
}

const FLAWS: Record<string, Flaw> = {
  "YOG-500": { unsure: 1 },
  "APL-1L": { missed: 1, unsure: 1, blurred: 2, alike: "SOAP-1L" },
  "CHILI-280": { unsure: 1 },
  "RICE-2K": { missed: 2, unsure: 2, alike: "NUT-500", same: "NUT-500" },
  "COLA-330": { unsure: 1 },
  "NUT-500": { missed: 1, unsure: 2, alike: "RICE-2K", same: "RICE-2K" },
  "SOY-500": { unsure: 2, dark: 1, small: 1 },
  "COF-12": { missed: 3, unsure: 2, scattered: true },
  "SOAP-1L": { missed: 1, alike: "APL-1L" },
};

export const photosOf = (sku: string): string[] => Array.from({ length: PHOTOS[goodOf(sku).base] ?? 5 }, (_, i) => `${sku}#${i}`);

/** How far a photo shows its good turned, radians: each another side of it. */
export function turnOf(photo: string): number {
  const n = Number(photo.split("#")[1] ?? 0);
  return (n % 2 === 1 ? 0.11 : -0.11) * Math.ceil(n / 2);
}

/** What is rehearsed. */
export interface Rehearsed {
  scope: RehearsalView["scope"];
  products: readonly ProductView[];
}

/** Rejects with `refused`, where there is one. */
export async function rehearse({ scope, products }: Rehearsed, refused: Failure | null): Promise<RehearsalView> {
  await new Promise((done) => setTimeout(done, LOOK_MS));
  if (refused) throw refused;
  if (products.length > MOST) throw tooMany(products.length);
  return { scope, ...rehearsalOf(products) };
}

export function rehearsalOf(products: readonly ProductView[]): Omit<RehearsalView, "scope"> {
  const titles = new Map(products.map(({ sku, title }) => [sku, title]));
  const found = products.map((product) => readiness(product, titles));
  const missed = new Map(found.map(({ sku, tested, known }) => [sku, tested - known]));
  const pairs = found.flatMap(({ sku, title, advice }): LookAlikesView[] =>
    advice.flatMap((one) => {
      // Both say it of each other: it is one pair.
      if (one.what !== "taken_for" || sku > one.sku) return [];
      return [{ a: sku, a_title: title, b: one.sku, b_title: one.title, confused: (missed.get(sku) ?? 0) + (missed.get(one.sku) ?? 0) }];
    }),
  );
  return { products: found, look_alikes: pairs.sort((a, b) => b.confused - a.confused) };
}

function readiness({ sku, title, photos }: ProductView, titles: ReadonlyMap<string, string>): ReadinessView {
  const { base, round } = goodOf(sku);
  const other = (good: string | undefined) => {
    const found = good && titles.get(good + round);
    return good && found !== undefined ? { sku: good + round, title: found } : null;
  };
  const flaw = FLAWS[base] ?? {};
  const [alike, same] = [other(flaw.alike), other(flaw.same)];
  const tested = photos.length > 1 ? photos.length : 0;
  // Who has nothing to be taken for is known.
  const known = Math.max(0, tested - (flaw.alike && !alike ? 0 : (flaw.missed ?? 0)));
  return { sku, title, photos: photos.length, tested, known, pinned: Math.max(0, known - (flaw.unsure ?? 0)), advice: adviceOf(photos.length, flaw, alike, same) };
}

type Other = { sku: string; title: string } | null;

function adviceOf(photos: number, flaw: Flaw, alike: Other, same: Other): AdviceView[] {
  if (photos === 0) return [{ what: "no_photo" }];
  const advice: (AdviceView | null)[] = [
    same && { what: "same_photo", ...same },
    alike && { what: "taken_for", ...alike },
    flaw.dark ? { what: "too_dark", count: flaw.dark } : null,
    flaw.blurred ? { what: "blurred", count: flaw.blurred } : null,
    flaw.small ? { what: "too_small", count: flaw.small } : null,
    photos < ENOUGH ? { what: "more_photos", have: photos, enough: ENOUGH } : flaw.scattered ? { what: "scattered" } : null,
  ];
  return advice.filter((one) => one !== null);
}

export const NO_MODEL: Failure = {
  code: "model_unavailable",
  message: "can't load ONNX Runtime: libonnxruntime.so was not found",
  hint: "run `cargo xtask setup` or `hawker doctor`; the show goes on without tags",
  retryable: false,
};

/** In the studio's words. */
const tooMany = (count: number): Failure => ({
  code: "bad_input",
  message: `${count} products are too many to be rehearsed at once`,
  hint: `name up to ${MOST}, or set a running order: \`hawker catalog order\``,
  retryable: false,
  reason: { why: "too_many_to_rehearse", values: { found: String(count), most: String(MOST) } },
});
