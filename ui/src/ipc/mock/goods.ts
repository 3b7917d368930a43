/** The goods of the simulated shop. */

export type Pack = "carton" | "bottle" | "can" | "tube" | "pouch" | "box" | "jar";

export interface Good {
  sku: string;
  zh: string;
  en: string;
  brand: string;
  category: string;
  /** In the smallest unit of the shop's currency. */
  price: number;
  onHand: number;
  pack: Pack;
  colors: [string, string];
  /** Printed large on the package. */
  label: string;
}

const good = (
  sku: string,
  zh: string,
  en: string,
  brand: string,
  category: string,
  price: number,
  onHand: number,
  pack: Pack,
  colors: [string, string],
  label: string,
): Good => ({ sku, zh, en, brand, category, price, onHand, pack, colors, label });

export const GOODS: Good[] = [
  good("OAT-1L", "燕麦奶 原味 1L", "Oat drink original 1 L", "麦田 Maitian", "乳品/植物奶", 1580, 58, "carton", ["#3f86a8", "#e9f3f6"], "OAT"),
  good("YOG-500", "香草酸奶 500g", "Vanilla yoghurt 500 g", "山牧 Shanmu", "乳品/酸奶", 1290, 12, "jar", ["#f0d9a0", "#7a4b1e"], "VANILLA"),
  good("APL-1L", "NFC 苹果汁 1L", "Pressed apple juice 1 L", "果里 Guoli", "饮料/果汁", 1250, 60, "bottle", ["#8bbf3d", "#fff7d6"], "APPLE"),
  good("TEA-JAS", "茉莉花茶 250g", "Jasmine tea 250 g", "云岭 Yunling", "茶/花茶", 4600, 34, "box", ["#24573f", "#f3e6c2"], "茉莉"),
  good("CHILI-280", "老坛辣酱 280g", "Fermented chilli paste 280 g", "坛香 Tanxiang", "调味/酱料", 1880, 41, "jar", ["#b3261e", "#ffe3b3"], "辣"),
  good("RICE-2K", "五常大米 2kg", "Wuchang rice 2 kg", "稻源 Daoyuan", "粮油/大米", 3990, 25, "pouch", ["#e8e1d2", "#2f5d8a"], "五常"),
  good("COLA-330", "无糖可乐 330ml", "Cola zero 330 ml", "气泡 Qipao", "饮料/汽水", 350, 240, "can", ["#1f1f24", "#e5383b"], "ZERO"),
  good("HAND-75", "护手霜 樱花 75ml", "Hand cream sakura 75 ml", "柔 Rou", "个护/护手", 2900, 3, "tube", ["#f4b6c2", "#7a2e46"], "SAKURA"),
  good("NUT-500", "每日坚果 500g", "Daily nuts 500 g", "果仁家 Guoren", "零食/坚果", 5980, 18, "pouch", ["#c98a3a", "#3b2412"], "NUTS"),
  good("SOY-500", "头道生抽 500ml", "First-draw soy sauce 500 ml", "坛香 Tanxiang", "调味/酱油", 1690, 0, "bottle", ["#3a1c12", "#f2c14e"], "生抽"),
  good("HONEY-450", "椴树蜂蜜 450g", "Linden honey 450 g", "林间 Linjian", "滋补/蜂蜜", 6800, 22, "jar", ["#e0a526", "#4a2c05"], "HONEY"),
  good("COF-12", "冷萃咖啡 12 条", "Cold brew coffee, 12 sticks", "晨 Chen", "饮料/咖啡", 5200, 47, "box", ["#43302b", "#e7c8a0"], "BREW"),
  good("SOAP-1L", "洗手液 青柠 1L", "Hand soap lime 1 L", "柔 Rou", "个护/洗手", 2450, 36, "bottle", ["#a7d129", "#1e4d2b"], "LIME"),
  good("NOOD-5", "手擀面 5 包", "Hand-pulled noodles, 5 packs", "稻源 Daoyuan", "粮油/面", 2280, 64, "box", ["#d7433b", "#fff0d9"], "面"),
];

/** A shop of this many goods: the same ones again and again, each round under names of its own. */
export const manyGoods = (count: number): Good[] =>
  Array.from({ length: Math.ceil(count / GOODS.length) }, (_, round) => GOODS.map((one) => again(one, round))).flat().slice(0, count);

const AGAIN = "~";

const again = (one: Good, round: number): Good =>
  round === 0 ? one : { ...one, sku: `${one.sku}${AGAIN}${round}`, zh: `${one.zh}（${round + 1}）`, en: `${one.en} (${round + 1})` };

/** The good that one of many is, and what its SKU has of its round. */
export function goodOf(sku: string): { base: string; round: string } {
  const at = sku.indexOf(AGAIN);
  return at < 0 ? { base: sku, round: "" } : { base: sku.slice(0, at), round: sku.slice(at) };
}

/** Twelve digits with the one that checks them. */
export function eanOf(twelve: string): string {
  const sum = [...twelve].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return `${twelve}${(10 - (sum % 10)) % 10}`;
}
