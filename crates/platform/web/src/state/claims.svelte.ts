import { SvelteSet } from "svelte/reactivity";
import { Failure, type Api } from "../lib/api";
import { isOpen, shown, type OwnClaim } from "../lib/claims";

/** Below the patience of a request. */
const WAIT_MS = 9_000;
const RETRY_MS = 3_000;

/** What this page's comments ordered, as the platform tells it to this page alone. Asked for while something may become of one. */
export class Claims {
  list = $state<OwnClaim[]>([]);
  /** When the list was told: the times in it count from here. */
  at = $state(0);
  #away = new SvelteSet<string>();
  #seen = "";
  #asking = false;
  /** Something was said since the last question went out. */
  #again = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  visible: OwnClaim[] = $derived(shown(this.list, this.#away));

  constructor(private readonly api: Pick<Api, "claims">) {}

  /** Something was said, or the page was opened: claims may have come. */
  look(): void {
    this.#again = true;
    if (!this.#asking) void this.#ask();
  }

  putAway(claim: string): void {
    this.#away.add(claim);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#retry);
    this.#asking = true;
    try {
      do {
        // What was just said is asked for at once; else the platform answers when something changes.
        const wait = this.#again ? 0 : WAIT_MS;
        this.#again = false;
        const told = await this.api.claims(this.#seen, wait);
        if (told.version !== this.#seen || wait === 0) {
          [this.list, this.at, this.#seen] = [told.claims, Date.now(), told.version];
        }
      } while (this.#again || this.list.some(isOpen));
    } catch (error) {
      // A platform that knows no claims has none.
      const none = error instanceof Failure && error.code === "not_found";
      if (!none) this.#retry = setTimeout(() => this.look(), RETRY_MS);
    } finally {
      this.#asking = false;
    }
  }
}
