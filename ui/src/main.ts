/** Starts the window: studio, language, theme, then the picture. */
import { mount } from "svelte";
import App from "./app/App.svelte";
import { type Settings, connect } from "./ipc";
import { languageOf, setLanguage } from "./shared/i18n/i18n.svelte";
import { applyTheme } from "./shared/theme";
import "./shared/styles/index.css";

/** A studio that takes longer than this to say its settings must not keep the window white. */
const SETTINGS_MS = 700;

const backend = await connect();
const settings = await Promise.race([
  backend.settingsGet().catch(() => null),
  new Promise<Settings | null>((done) => setTimeout(() => done(null), SETTINGS_MS)),
]);
applyTheme(settings?.theme ?? "system");
await setLanguage(languageOf(settings?.language ?? null));
const target = document.getElementById("app");
if (target) mount(App, { target, props: { backend, settings } });
