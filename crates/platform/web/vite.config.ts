/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { compress } from "./compress";

// In development the page comes from vite and everything else from a running platform.
const platform = process.env["HAWKER_PLATFORM"] ?? "http://127.0.0.1:8080";
const proxy = Object.fromEntries(["/api", "/live", "/photos"].map((path) => [path, { target: platform }]));

export default defineConfig({
  // The platform serves the page at /s/{show} and what it loads below /viewer/.
  base: "/viewer/",
  plugins: [svelte(), compress()],
  server: { host: "127.0.0.1", proxy },
  build: {
    target: ["es2022", "safari16.4", "chrome111", "firefox115"],
    modulePreload: { polyfill: false },
    // Inlined files would be data: URLs, which the page's own policy forbids.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 300,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
});
