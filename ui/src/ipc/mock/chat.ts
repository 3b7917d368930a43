/** What viewers of the simulated show write: who, and what. */
export const CHAT_ZH: [string, string][] = [
  ["小雨**", "扣1 要两件"],
  ["阿丽**", "开封后能放几天？"],
  ["Mike**", "+1"],
  ["老王**", "昨天的还没到"],
  ["晴天**", "主播声音好听"],
  ["שרה**", "כמה זה עולה?"],
  ["海边**", "可以发顺丰吗"],
];
export const CHAT_EN: [string, string][] = [
  ["mia**", "+1, two please"],
  ["Alex**", "how long does it keep once opened?"],
  ["小雨**", "扣1"],
  ["joe**", "mine from yesterday is not here yet"],
  ["Nour**", "كم السعر؟"],
  ["kim**", "do you ship to the islands?"],
  ["<b>bold</b>**", "<img src=x onerror=alert(1)>"],
];
