import type { Form } from "./checkout";

export type Field = "name" | "phone" | "address" | "card";

/** The fields that are not filled in well enough to be sent, in the order of the form. */
export function wrongFields(form: Form): Field[] {
  const digits = (text: string) => text.replace(/\D/g, "").length;
  const wrong: Field[] = [];
  if (form.name.trim() === "") wrong.push("name");
  if (digits(form.phone) < 5 || digits(form.phone) > 20) wrong.push("phone");
  if (form.address.trim() === "") wrong.push("address");
  if (!/^[\d\s-]+$/.test(form.card) || digits(form.card) < 12 || digits(form.card) > 19) wrong.push("card");
  return wrong;
}

/** As the platform wants it: no spaces around, and the card's digits alone. */
export function tidied(form: Form): Form {
  const { qty, coupon, name, phone, address, card } = form;
  return { qty, coupon: coupon.trim(), name: name.trim(), phone: phone.trim(), address: address.trim(), card: card.replace(/\D/g, "") };
}

/** 4:59 */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
