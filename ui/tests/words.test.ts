import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { sources } from "./sources";

const file = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../src/shared/i18n/${name}.json`, import.meta.url), "utf8"));
const folder = readdirSync(new URL("../src/shared/i18n/", import.meta.url));
const read = (name: string): Record<string, string> => {
  const parts = folder.filter((entry) => entry.endsWith(`${name}.json`)).map((entry) => file(entry.slice(0, -".json".length)));
  expect(parts.length).toBeGreaterThan(5);
  return Object.assign({}, ...parts);
};
const words = { "zh-CN": read("zh-CN"), en: read("en") };
const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const stems = (file: Record<string, string>) => [...new Set(Object.keys(file).map(stem))].sort();
const code = sources().map((file) => file.text).join("\n");

it("says the same things in both languages", () => {
  expect(stems(words["zh-CN"])).toEqual(stems(words.en));
});

it("has every plural form that a language needs", () => {
  for (const [language, file] of Object.entries(words)) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plural = new Set(Object.keys(file).filter((key) => key !== stem(key)).map(stem));
    for (const key of plural) {
      for (const form of forms) expect(file, `${language}: ${key}`).toHaveProperty([`${key}_${form}`]);
    }
  }
});

it("puts the same values into a sentence in both languages", () => {
  const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
  for (const [key, text] of Object.entries(words.en)) {
    const other = words["zh-CN"][key] ?? words["zh-CN"][`${stem(key)}_other`] ?? "";
    expect(slots(other), key).toEqual(slots(text));
  }
});

it("says nothing empty, and nothing English in Chinese", () => {
  for (const [key, text] of Object.entries(words["zh-CN"])) {
    expect(text.trim(), key).not.toBe("");
    // Units are the same everywhere.
    if (text === words.en[key]) expect(text.replace(/\{\{\w+\}\}/g, ""), key).toMatch(/^(\W|ms)*$/);
  }
});

it("uses every word it has", () => {
  const built = [...code.matchAll(/`([a-zA-Z.]+\.)\$\{[^`]*?\}([a-zA-Z]*)`/g)].map((match) => [match[1] ?? "", match[2] ?? ""] as const);
  const unused = stems(words.en).filter((key) => {
    if (code.includes(`"${key}"`)) return false;
    return !built.some(([start, end]) => key.startsWith(start) && key.endsWith(end));
  });
  expect(unused).toEqual([]);
});

/** The union of string literals that a generated type is: what the Rust enum can say. */
function codes(type: string): string[] {
  const union = new RegExp(`^export type ${type} = (.*);$`, "m").exec(readFileSync(new URL("../src/ipc/bindings.ts", import.meta.url), "utf8"))?.[1];
  const found = [...(union ?? "").matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? "");
  expect(found.length, `bindings.ts has no codes for ${type}`).toBeGreaterThan(1);
  return found;
}

it("has a sentence for every code the studio can send, in both languages", () => {
  const prefixes: Record<string, string> = {
    FailureWhy: "why.failure.",
    ThingKind: "thing.",
    SourceWhy: "why.source.",
    OutputWhy: "why.output.",
    RecordingWhy: "why.recording.",
    RecognitionWhy: "why.recognition.",
    IdleShot: "engine.idle.",
    ImportWhy: "import.why.",
    ShowWhy: "why.show.",
    NoticeWhy: "notice.",
    DegradedWhy: "health.",
    ErrorCode: "failure.",
    OutputState: "output.",
    OrderState: "order.state.",
    OrderSource: "order.source.",
    StatementWhy: "statement.why.",
    HeldWhat: "held.what.",
    HeldWhy: "held.why.",
    HeldState: "held.state.",
    Clue: "clue.",
    PlatformView: "platform.",
    CheckId: "check.",
    CheckStatus: "doctor.",
    ProviderWhy: "provider.why.",
    ProviderState: "provider.state.",
    Open: "claims.why.",
    Confidence: "claims.sure.",
    RefusedWhy: "claims.refused.",
    OfferState: "offers.state.",
  };
  for (const [type, prefix] of Object.entries(prefixes)) {
    for (const code of codes(type)) {
      // A destination that is live tells its bitrate instead.
      if (type === "OutputState" && code === "live") continue;
      for (const [language, file] of Object.entries(words)) expect(file, `${language}: ${type}`).toHaveProperty([prefix + code]);
    }
  }
});

it("says what to do for every check that can fail or be left out", () => {
  const advised = Object.keys(words.en).filter((key) => /^check\.\w+\.(failed|skipped)$/.test(key));
  for (const id of codes("CheckId")) expect(advised, id).toContain(`check.${id}.failed`);
});

it("names no check, code or reason that the studio does not know", () => {
  const known: Record<string, string> = { "why.failure.": "FailureWhy", "thing.": "ThingKind", "why.source.": "SourceWhy", "why.output.": "OutputWhy", "why.recording.": "RecordingWhy", "why.recognition.": "RecognitionWhy", "why.show.": "ShowWhy", "import.why.": "ImportWhy", "check.": "CheckId" };
  for (const [prefix, type] of Object.entries(known)) {
    const said = Object.keys(words.en).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split(".")[0]);
    expect(new Set(said), prefix).toEqual(new Set(codes(type)));
  }
});
