/** What viewers of the simulated show claim by comment, and how the simulated shop treats it. */
import type { Backend } from "../backend";
import type { ClaimRulesChange, ClaimRulesView, ClaimState, ClaimView, Failure, OrderedLine } from "../bindings";
import type { Good } from "./goods";

const refusal = (code: Failure["code"], message: string): Failure => ({ code, message, retryable: code === "unreachable" });
const MINUTE_MS = 60_000;
/** What the platform takes to say what came of an answer. */
const DECIDED_MS = 300;
const CURRENCY = "CNY";

type Common = Omit<ClaimView, "state">;
const inMinutes = (minutes: number): number => (Date.now() + minutes * MINUTE_MS) * 1_000;
const wanted = (claim: ClaimView): number => claim.lines.reduce((sum, line) => sum + line.qty, 0);

export class MockClaims {
  /** Grows with everything that becomes of a claim. */
  heard = 0;
  rules: ClaimRulesView;
  private readonly shows = new Map<string, ClaimView[]>();

  /** `away`: the platform does not answer. */
  constructor(
    private readonly goods: readonly Good[],
    private readonly language: "zh" | "en",
    private readonly away: boolean,
    taken: boolean,
  ) {
    this.rules = { taken, keywords: "", hold_min: 10, first_paid: false, waiting_list: true, per_buyer: null, shipping: { minor: 800, currency: CURRENCY }, free_from: { minor: 9_900, currency: CURRENCY } };
  }

  list(show: string | null, questions: boolean): ClaimView[] {
    if (show !== null && this.rules.taken && !this.shows.has(show)) this.shows.set(show, this.start(show));
    const all = show === null ? [...this.shows.values()].flat() : (this.shows.get(show) ?? []);
    return all.filter((claim) => !questions || claim.state === "asked");
  }

  answer(id: string, lines: OrderedLine[]): void {
    const claim = this.find(id);
    if (claim.state !== "asked") throw refusal("conflict", `claim ${id} is ${claim.state} by now`);
    this.put({ ...claim, is_answered: true });
    this.decided(() => this.put({ ...this.find(id), lines, is_answered: false, state: "reserved", until_us: inMinutes(this.rules.hold_min) }));
  }

  drop(id: string): void {
    const claim = this.find(id);
    if (!isOpen(claim)) throw refusal("conflict", `claim ${id} is ${claim.state} by now`);
    this.put({ ...claim, is_answered: claim.state === "asked" });
    this.decided(() => {
      const gone = this.find(id);
      this.put({ ...gone, is_answered: false, state: "dropped" });
      if (claim.state === "reserved") for (const line of claim.lines) this.promote(line.sku, line.qty);
      else this.number();
    });
  }

  payUrl(id: string): string {
    if (this.away) throw refusal("unreachable", "pay links come from the platform, which is out of reach");
    const claim = this.find(id);
    if (claim.state !== "reserved" && claim.state !== "invited") throw refusal("conflict", `claim ${id} can't be paid; it is ${claim.state} by now`);
    return `http://127.0.0.1:8480/pay/${id.replaceAll("-", "")}`;
  }

  set(change: ClaimRulesChange): ClaimRulesView {
    const { shipping, free_from, per_buyer } = change;
    const amount = (text: string) => {
      const minor = Math.round(Number(text) * 100);
      if (!(minor >= 0)) throw refusal("bad_input", `"${text}" is no amount; write it like 15.80`);
      return minor === 0 ? null : { minor, currency: CURRENCY };
    };
    this.rules = {
      taken: change.taken ?? this.rules.taken,
      keywords: change.keywords ?? this.rules.keywords,
      hold_min: change.hold_min ?? this.rules.hold_min,
      first_paid: change.first_paid ?? this.rules.first_paid,
      waiting_list: change.waiting_list ?? this.rules.waiting_list,
      per_buyer: per_buyer === null ? this.rules.per_buyer : per_buyer || null,
      shipping: shipping === null ? this.rules.shipping : amount(shipping),
      free_from: free_from === null ? this.rules.free_from : amount(free_from),
    };
    this.heard += 1;
    return this.rules;
  }

  /** As the platform does: what comes free goes to who waits, first come first. */
  promote(sku: string, pieces: number): void {
    let left = pieces;
    for (const claim of this.all().filter((one) => one.state === "waiting" && one.lines[0]?.sku === sku)) {
      if (wanted(claim) > left) break;
      left -= wanted(claim);
      this.put({ ...claim, state: "reserved", until_us: inMinutes(this.rules.hold_min) });
    }
    this.number();
  }

  private all = (): ClaimView[] => [...this.shows.values()].flat();

  /** Who waits moves up. */
  private number(): void {
    const before = new Map<string, number>();
    for (const claim of this.all()) {
      if (claim.state !== "waiting") continue;
      const sku = claim.lines[0]?.sku ?? "";
      const place = (before.get(sku) ?? 0) + 1;
      before.set(sku, place);
      if (place !== claim.place) this.put({ ...claim, place });
    }
    this.heard += 1;
  }

  private decided(then: () => void): void {
    if (this.away) return;
    setTimeout(() => {
      then();
      this.heard += 1;
    }, DECIDED_MS);
  }

  private find(id: string): ClaimView {
    const found = this.all().find((claim) => claim.id === id);
    if (!found) throw refusal("not_found", `there is no claim ${id}`);
    return found;
  }

  private put(claim: ClaimView): void {
    const all = this.shows.get(claim.show_id) ?? [];
    this.shows.set(claim.show_id, all.map((one) => (one.id === claim.id ? claim : one)));
  }

  private start(show: string): ClaimView[] {
    const [a, b, c, d] = this.goods;
    const few = this.goods.find((good) => good.onHand > 0 && good.onHand < 5);
    if (!a || !b || !c || !d || !few) return [];
    const says = (zh: string, en: string) => (this.language === "zh" ? zh : en);
    const made: ClaimView[] = [];
    const add = (from: string, text: string, lines: OrderedLine[], state: ClaimState, more: Partial<Common> = {}) => {
      const heard_at_ms = Date.now() - (16 - made.length) * 21_000;
      const common: Common = { id: `0199c0de-7000-7000-8000-000000000d${made.length + 10}`, show_id: show, from, text, lines, confidence: "worded", question: null, ways: [], is_answered: false, at_ms: 1_000, heard_at_ms };
      made.push({ ...common, ...more, ...state });
    };
    const of = (good: Good, qty: number): OrderedLine => ({ sku: good.sku, qty });
    add("海边**", "+1", [of(a, 1)], { state: "paid" }, { confidence: "custom" });
    add("joe**", says("要5件", "5 please"), [of(c, 5)], { state: "refused", why: "limit" });
    add("晴天**", says("mine 8 两支", "mine 8 two"), [of(few, 2)], { state: "waiting", place: 1 });
    add("kim**", says("护手霜 1", "one hand cream"), [of(few, 1)], { state: "waiting", place: 2 });
    add("老王**", "1", [of(d, 1)], { state: "expired" }, { confidence: "custom" });
    add("阿丽**", "2", [], { state: "asked" }, { confidence: null, question: "quantity", ways: [[of(a, 2)], [of(b, 1)]] });
    add("小雨**", says("扣1 要两件", "+1, two please"), [of(a, 2)], { state: "reserved", until_us: inMinutes(7.6) });
    add("שרה**", says("要一盒茶和两瓶酱", "a box of tea and two jars"), [of(d, 1), of(c, 2)], { state: "reserved", until_us: inMinutes(8.9) });
    add("Nour**", says("便宜的话来一件", "one, if it gets cheaper"), [], { state: "asked" }, { confidence: null, question: "condition", ways: [[of(d, 1)]] });
    add("<b>Mike</b>**", says("那个给我留一个", "keep me one of those"), [], { state: "asked" }, { confidence: null, question: "product" });
    add("mia**", "+1", [of(b, 1)], { state: "reserved", until_us: inMinutes(0.9) }, { confidence: "custom" });
    return made;
  }
}

const isOpen = (claim: ClaimView): boolean => ["heard", "asked", "reserved", "invited", "waiting"].includes(claim.state);

/** What the cockpit may ask of them; `broken`: why nothing can be read. */
export function claimCalls(claims: MockClaims, broken: Failure | null) {
  return {
    claimsList: async (show, questions) => (broken ? await Promise.reject<ClaimView[]>(broken) : claims.list(show, questions)),
    claimAnswer: async (id, lines) => claims.answer(id, lines),
    claimDrop: async (id) => claims.drop(id),
    claimPayUrl: async (id) => claims.payUrl(id),
    claimRulesGet: async () => claims.rules,
    claimRulesSet: async (change) => claims.set(change),
  } satisfies Partial<Backend>;
}
