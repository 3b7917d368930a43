import { expect, it } from "vitest";
import type { Backend, ClaimView } from "../../ipc";
import { Board } from "./board.svelte";

const claim = (id: string, state: "asked" | "dropped"): ClaimView => ({ id, show_id: "s", from: "a*", text: "1", lines: [], confidence: null, question: null, ways: [], is_answered: false, at_ms: null, heard_at_ms: 0, state });

/** A studio that answers when it is told to. */
function studio(all: () => ClaimView[]) {
  const waiting: (() => void)[] = [];
  let asked = 0;
  const backend: Pick<Backend, "claimsList" | "claimDrop"> = {
    claimsList: (_show, questions) => {
      if (!questions) asked += 1;
      return new Promise<ClaimView[]>((done) => waiting.push(() => done(questions ? [] : all())));
    },
    claimDrop: async () => {},
  };
  const settle = async () => {
    while (waiting.length > 0) {
      waiting.splice(0).forEach((one) => one());
      await new Promise((done) => setTimeout(done));
    }
  };
  return { backend: backend as Backend, settle, asked: () => asked };
}

it("fetches once more for all the news that came while it fetched", async () => {
  const { backend, settle, asked } = studio(() => [claim("1", "asked")]);
  const board = new Board(backend);
  const first = board.refresh("s");
  for (let news = 0; news < 30; news += 1) void board.refresh("s");
  await settle();
  await first;
  expect(asked()).toBe(2);
  expect(board.claims?.map((one) => one.id)).toEqual(["1"]);
});

it("shows nothing of a show before", async () => {
  let name = "old";
  const { backend, settle } = studio(() => [claim(name, "asked")]);
  const board = new Board(backend);
  const first = board.refresh("a");
  void board.refresh("b");
  name = "new";
  await settle();
  await first;
  expect(board.claims?.map((one) => one.id)).toEqual(["new"]);
});

it("remembers what is let go until the platform says so", async () => {
  let state: "asked" | "dropped" = "asked";
  const { backend, settle } = studio(() => [claim("1", state)]);
  const board = new Board(backend);
  const dropped = board.drop("1");
  await new Promise((done) => setTimeout(done));
  await settle();
  await dropped;
  expect(board.going.has("1")).toBe(true);
  state = "dropped";
  const heard = board.refresh();
  await settle();
  await heard;
  expect(board.going.size).toBe(0);
});

it("keeps what it had when a fetch fails, and says why", async () => {
  const { backend, settle } = studio(() => [claim("1", "asked")]);
  const board = new Board(backend);
  const first = board.refresh("s");
  await settle();
  await first;
  backend.claimsList = () => Promise.reject(new Error("gone"));
  await board.refresh();
  expect(board.failure?.message).toBe("gone");
  expect(board.claims).toHaveLength(1);
});
