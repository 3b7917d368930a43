/** The destinations that the simulated studio has stored, and what their servers say to the keys. */
import type { DestinationChange, DestinationView, Failure, NewDestination, OutputWhy } from "../bindings";

export class MockDestinations {
  /** What a server says to the key it is given; those that take it are not named. */
  private refusals = new Map<string, OutputWhy>();

  constructor(public all: DestinationView[] = []) {}

  refusal = (id: string): OutputWhy | null => this.refusals.get(id) ?? null;

  refuse(id: string, why: OutputWhy | null): void {
    if (why === null) this.refusals.delete(id);
    else this.refusals.set(id, why);
  }

  has = (id: string): boolean => this.all.some((one) => one.id === id);

  add({ url, ...added }: NewDestination): DestinationView {
    const one = { ...added, id: crypto.randomUUID(), url: redacted(url) };
    this.refuse(one.id, refusalOf(url));
    this.all = [...this.all, one];
    return this.lead(one.id, one.primary);
  }

  remove(id: string): void {
    this.all = this.all.filter((one) => one.id !== id);
  }

  change(id: string, { url, ...way }: DestinationChange): DestinationView {
    if (url !== null) this.refuse(id, refusalOf(url));
    this.all = this.all.map((one) => (one.id === id ? { ...one, ...way, url: url === null ? one.url : redacted(url) } : one));
    return this.lead(id, way.primary);
  }

  /** At most one of those that get the same picture is the primary one. */
  lead(id: string, primary: boolean): DestinationView {
    const chosen = this.all.find((one) => one.id === id);
    if (!chosen) throw noDestination(id);
    const shares = (one: DestinationView) => one.canvas === chosen.canvas && one.rendition === chosen.rendition;
    this.all = this.all.map((one) => ({ ...one, primary: one.id === id ? primary : one.primary && !(primary && shares(one)) }));
    return { ...chosen, primary };
  }
}

/** Keys that a test makes up say what is wrong with them. */
function refusalOf(url: string): OutputWhy | null {
  return /wrong/.test(url) ? "key_refused" : /closed/.test(url) ? "room_closed" : null;
}

const redacted = (url: string): string => url.trim().replace(/\/\/[^/?#]*@/, "//••••@").replace(/([^/])\/[^/]*$/, "$1/••••");

export const noDestination = (id: string): Failure => ({ code: "not_found", message: `no destination ${id}`, retryable: false });
