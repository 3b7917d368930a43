/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Tauri loads this port in development (tauri.conf.json, devUrl); the page reaches nothing else.
export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  server: { host: "localhost", port: 5173, strictPort: true },
  build: {
    // WebKitGTK 2.40 and WebView2 of 2023 are the oldest we run in.
    target: ["safari16.4", "chrome111"],
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  test: { include: ["src/**/*.test.ts", "tests/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
});
