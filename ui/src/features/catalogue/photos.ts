/** Photos of a product as the editor lists them. Pure. */
import type { ProductView } from "../../ipc";

/** The store keeps a picture once: dropped again, it answers with the id that is there already. */
export function withPhoto(product: ProductView, id: string): ProductView {
  return product.photos.includes(id) ? product : { ...product, photos: [...product.photos, id] };
}
