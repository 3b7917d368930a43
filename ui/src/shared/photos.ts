/** Photos as object URLs, the newest few hundred kept. */
import type { Backend } from "../ipc";

/** A thumbnail is about 5 kB: 400 of them are a screen's scroll both ways. */
const KEPT = 400;

export class Photos {
  private urls = new Map<string, Promise<string>>();

  constructor(private readonly backend: Backend) {}

  url(id: string, thumbnail: boolean): Promise<string> {
    const key = `${thumbnail ? "s" : "l"}:${id}`;
    const found = this.urls.get(key) ?? this.load(id, thumbnail);
    this.urls.delete(key);
    this.urls.set(key, found);
    if (this.urls.size > KEPT) this.dropOldest();
    return found;
  }

  private async load(id: string, thumbnail: boolean): Promise<string> {
    return URL.createObjectURL(new Blob([await this.backend.cataloguePhoto(id, thumbnail)]));
  }

  private dropOldest(): void {
    const oldest = this.urls.entries().next().value;
    if (!oldest) return;
    this.urls.delete(oldest[0]);
    void oldest[1].then((url) => URL.revokeObjectURL(url)).catch(() => {});
  }
}
