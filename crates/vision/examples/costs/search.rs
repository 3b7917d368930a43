//! One look against many products: those of a large show, and a whole catalogue behind it.

use super::{Outcome, PRODUCTS, THREADS, resident_mb, root, timed};
use hawker_av::Rect;
use hawker_domain::Sku;
use hawker_infer::Runtime;
use hawker_vision::embed::Look;
use hawker_vision::{Embedder, Gallery, PhotoVectors, photo};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Products of a whole catalogue.
const CATALOGUE: usize = 100_000;

/// Photographs that products are made of, at most.
const PHOTOGRAPHS: usize = 1_200;

/// Looks that are asked for at least: one of a hundred more or less is not told by fewer.
const LEAST_ASKED: usize = 400;

/// Two views of each of many photographs: the whole, and another crop of the same.
struct Photographs(Vec<[Look; 2]>);

impl Photographs {
    fn read() -> Outcome<Self> {
        let data = std::env::var_os("HAWKER_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
        let mut files: Vec<PathBuf> = Vec::new();
        for folder in [data.join("grocery/query"), data.join("grocery/phone"), root().join("assets/demo/photos")] {
            for entry in std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
                files.push(entry?.path());
            }
        }
        files.sort();
        let mut embedder = Embedder::load(&root().join("models"), &Runtime::load(None)?, THREADS)?;
        let every = files.len().div_ceil(PHOTOGRAPHS).max(1);
        let mut looks = Vec::new();
        for file in files.iter().step_by(every) {
            let frame = photo::read(file)?;
            let (width, height) = (frame.width as f32, frame.height as f32);
            let whole = embedder.patch(&frame, Rect::new(0.0, 0.0, width, height))?;
            let inner = embedder.patch(&frame, Rect::new(width * 0.06, height * 0.06, width * 0.88, height * 0.88))?;
            let two = embedder.embed(&[whole, inner])?;
            looks.push(<[Look; 2]>::try_from(two).map_err(|_| "two crops give two looks")?);
        }
        Ok(Self(looks))
    }

    /// A view of a product: two photographs mixed, so that products have the traits that real goods share. The same each time. It is no
    /// crowd of photographs: the best case, with which the cost is measured and how often the short way finds what the long one does.
    fn view(&self, product: usize, view: usize) -> Option<Look> {
        let count = self.0.len().max(1);
        let (one, other) = (product % count, (product / count * 131 + product * 7 + 1) % count);
        let share = 0.25 + (product.wrapping_mul(2_654_435_761) >> 7 & 0xff) as f32 / 1_020.0;
        Some(self.0.get(one)?.get(view)?.blend(self.0.get(other)?.get(view)?, share))
    }

    /// A product as it is stored: by the first view.
    fn product(&self, n: usize) -> Option<(Sku, Vec<PhotoVectors>)> {
        Some((sku(n)?, vec![PhotoVectors::new("costs", vec![self.view(n, 0)?])]))
    }

    /// Which products are asked for, and the looks they are asked by: the other view of each.
    fn questions(&self, count: usize, among: usize) -> (Vec<usize>, Vec<Look>) {
        let wanted: Vec<usize> = (0..count).map(|n| n * 19_937 % among).collect();
        let asked = wanted.iter().filter_map(|n| self.view(*n, 1)).collect();
        (wanted, asked)
    }
}

fn sku(n: usize) -> Option<Sku> {
    Sku::new(&format!("P{n}")).ok()
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// One look against every product of a show in full, and how often the right one is the best.
pub fn show(rounds: usize) -> Outcome<Value> {
    let photographs = Photographs::read()?;
    let products =
        (0..PRODUCTS).map(|n| photographs.product(n)).collect::<Option<Vec<_>>>().ok_or("no such product")?;
    let gallery = Gallery::build(products);
    let (wanted, asked) = photographs.questions(rounds.max(LEAST_ASKED), PRODUCTS);
    let best = |look: &Look| {
        let scores = gallery.scores(look);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.and_then(|(place, _)| gallery.skus().get(place).cloned())
    };
    let mut asking = asked.iter().cycle();
    let mut said = timed(rounds, || {
        best(asking.next().ok_or("nothing to ask")?);
        Ok(())
    })?;
    let right = wanted.iter().zip(&asked).filter(|(n, look)| best(look) == sku(**n)).count();
    if let (Some(said), Value::Object(more)) = (
        said.as_object_mut(),
        json!({
            "hit_at_1": share(right, asked.len()), "asked": asked.len(), "products": PRODUCTS,
            "photographs": photographs.0.len(),
        }),
    ) {
        said.extend(more);
    }
    Ok(said)
}

/// How often the best of a whole catalogue is the best that comparing everything finds, what a search takes, and its memory.
/// `into`: a folder for the vectors.
pub fn catalogue(rounds: usize, into: Option<&Path>) -> Outcome<Value> {
    let photographs = Photographs::read()?;
    let product = |n: usize| photographs.product(n);
    let shown = (CATALOGUE..CATALOGUE + PRODUCTS).map(product).collect::<Option<Vec<_>>>().ok_or("no such product")?;
    let mut gallery = Gallery::build(shown);
    let before_mb = resident_mb();
    let mut behind = gallery.behind();
    let begun = Instant::now();
    for n in 0..CATALOGUE {
        let (sku, photos) = product(n).ok_or("no such product")?;
        behind.put(sku, &photos);
    }
    behind.settle();
    let build_s = begun.elapsed().as_secs_f64();
    let memory_mb = resident_mb() - before_mb;
    // Asked by the other view of products behind the show.
    let (wanted, asked) = photographs.questions(rounds.max(LEAST_ASKED), CATALOGUE);
    let mut asking = asked.iter().cycle();
    let mut said = timed(rounds, || {
        behind.nearest(asking.next().ok_or("nothing to ask")?, 4);
        Ok(())
    })?;
    let found: Vec<Option<Sku>> =
        asked.iter().map(|look| behind.nearest(look, 1).first().map(|(sku, _)| sku.clone())).collect();
    if let Some(folder) = into {
        leave(folder, (0..CATALOGUE).filter_map(|n| photographs.view(n, 0)), &asked, &wanted)?;
    }
    // Everything compared in full: by a gallery of all of them.
    gallery.add_all((0..CATALOGUE).filter_map(product));
    let best = |look: &Look| {
        let scores = gallery.scores(look);
        let behind = scores.iter().enumerate().skip(PRODUCTS);
        behind.max_by(|a, b| a.1.total_cmp(b.1)).and_then(|(place, _)| gallery.skus().get(place).cloned())
    };
    let same = asked.iter().zip(&found).filter(|(look, found)| best(look) == **found).count();
    let right = wanted.iter().zip(&found).filter(|(n, found)| sku(**n) == **found).count();
    if let (Some(said), Value::Object(more)) = (
        said.as_object_mut(),
        json!({
            "hit_at_1": share(same, asked.len()), "right_at_1": share(right, asked.len()), "asked": asked.len(),
            "memory_mb": memory_mb, "build_s": build_s, "products": CATALOGUE, "photographs": photographs.0.len(),
        }),
    ) {
        said.extend(more);
    }
    Ok(said)
}

/// Writes rows of numbers for others to search.
fn leave(folder: &Path, products: impl Iterator<Item = Look>, asked: &[Look], wanted: &[usize]) -> Outcome<()> {
    let file = |name: &str| std::fs::File::create(folder.join(name)).map(BufWriter::new);
    let write = |to: &mut BufWriter<std::fs::File>, look: &Look| {
        let bytes: Vec<u8> = look.numbers().iter().flat_map(|number| number.to_le_bytes()).collect();
        to.write_all(&bytes)
    };
    let (mut rows, mut questions, mut answers) = (file("products.f32")?, file("asked.f32")?, file("answers.i64")?);
    for look in products {
        write(&mut rows, &look)?;
    }
    for look in asked {
        write(&mut questions, look)?;
    }
    for row in wanted {
        answers.write_all(&(*row as i64).to_le_bytes())?;
    }
    rows.flush()?;
    questions.flush()?;
    Ok(answers.flush()?)
}
