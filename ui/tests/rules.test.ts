import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";
import { type Source, sources } from "./sources";

const all = sources();
const imports = ({ text }: Source) => [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
const inside = (file: Source, to: string) => (to.startsWith(".") ? posix.normalize(posix.join(posix.dirname(file.path), to)) : null);

/** Lower tiers know nothing of higher ones. */
const TIERS = ["ipc", "shared", "features", "views", "app"];
const tier = (path: string) => TIERS.indexOf(path.split("/")[0] ?? "");

it("never puts text into the page as markup", () => {
  for (const { path, text } of all) {
    expect(text, path).not.toMatch(/\{@html\b/);
    expect(text, path).not.toMatch(/\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write\(/);
  }
});

it("talks to Tauri in one folder only", () => {
  const strangers = all.filter((file) => !file.path.startsWith("ipc/") && /@tauri-apps|__TAURI/.test(file.text));
  expect(strangers.map((file) => file.path)).toEqual([]);
});

it("imports downwards only: ipc <- shared <- features <- views <- app", () => {
  for (const file of all.filter((one) => tier(one.path) >= 0)) {
    for (const to of imports(file).map((one) => inside(file, one)).filter((one) => one !== null)) {
      expect(tier(to), `${file.path} imports ${to}`).toBeLessThanOrEqual(tier(file.path));
    }
  }
});

it("lets no feature know another", () => {
  for (const file of all.filter((one) => /^features\/[^/]+\//.test(one.path))) {
    const own = file.path.split("/")[1];
    for (const to of imports(file).map((one) => inside(file, one)).filter((one) => one?.startsWith("features/"))) {
      expect(to?.split("/")[1], `${file.path} imports ${to}`).toBe(own);
    }
  }
});

it("loads the simulation only where there is no studio", () => {
  const users = all.filter((file) => !file.path.startsWith("ipc/mock/") && imports(file).some((to) => to.includes("mock")));
  expect(users.map((file) => file.path)).toEqual(["ipc/index.ts"]);
  expect(users[0]?.text).toMatch(/await import\("\.\/mock\/mock"\)/);
});

it("makes a theme of colours alone: the same page in another theme is read and worked the same", () => {
  const sheets = ["../src/shared/styles/tokens.css", "../packages/kit/tokens.css"].map((path) => readFileSync(new URL(path, import.meta.url), "utf8"));
  const themes = sheets.flatMap((sheet) => [...sheet.matchAll(/\[data-theme="\w+"\]\)?\s*\{([^}]*)\}/g)].map((match) => match[1] ?? ""));
  expect(themes.length).toBe(5);
  for (const line of themes.flatMap((theme) => theme.split(";")).map((one) => one.trim()).filter((one) => one !== "")) {
    expect(line).toMatch(/^(color-scheme: (dark|light)|--shadow: [\d px]+rgb\([^)]*\)|--[\w-]+: (#[0-9a-f]{3,8}|rgb\([^)]*\)|var\(--brand\)))$/);
  }
  // Nothing else may ask for the theme.
  for (const { path, text } of all) expect(text, path).not.toMatch(/\[data-theme|prefers-color-scheme(?!: light\)"\))/);
});

it("leaves no list to the look of the web engine, in which light letters lie on a light field", () => {
  const lists = all.flatMap(({ path, text }) => [...text.matchAll(/<select\b[^>]*>/g)].map(([tag]) => `${path}: ${tag}`));
  expect(lists.length).toBeGreaterThan(10);
  expect(lists.filter((tag) => !/ class="[^"]*\b(input|pick)\b/.test(tag))).toEqual([]);
  // How a list looks is written once: a background of another's takes the arrow away.
  expect(all.filter(({ text }) => /appearance:/.test(text)).map((file) => file.path)).toEqual([]);
  expect(all.flatMap(({ path, text }) => [...text.matchAll(/(?:select|\.pick)[^{}]*\{[^}]*\bbackground:[^}]*\}/g)].map(([rule]) => `${path}: ${rule}`)).filter((rule) => !/option \{/.test(rule))).toEqual([]);
});

it("keeps files short", () => {
  // What is generated is read by nobody.
  const written = all.filter(({ path }) => path !== "ipc/bindings.ts");
  for (const { path, text } of written) expect(text.split("\n").length, path).toBeLessThan(400);
});
