/** The cockpit's own sources, read as text. */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Source {
  /** Below src/, with "/" between. */
  path: string;
  text: string;
}

const root = fileURLToPath(new URL("../src", import.meta.url));

export function sources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.(ts|svelte)$/.test(path))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
}
